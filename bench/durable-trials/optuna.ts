import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { environmentPython } from '../python-environment.js';
import { concurrency, type Contender, type Run } from './contender.js';

const execute = promisify(execFile);
/** The virtual environment with Optuna. */
export const optunaEnvironment = {
  name: 'Optuna',
  requirements: fileURLToPath(new URL('./requirements.txt', import.meta.url)),
  megabytes: 10,
  bytesNeeded: 200e6,
};
const program = fileURLToPath(new URL('./optuna_trials.py', import.meta.url));

/** Seconds after which a run starts no further trial: its rate falls with every trial, so this flatters it. */
const runLimit = 60;
/** Trials of the comparison of one thread with several. */
const calibrationTrials = 200;
const calibrationLimit = 20;

const answer = z.object({ trials: z.int().positive(), seconds: z.number().positive(), version: z.string() });

/** Optuna's `optimize` on a SQLite file of its own for each run, in an environment that the bench makes. */
export class Optuna implements Contender {
  readonly name: string;
  private runs = 0;

  private constructor(
    private readonly python: string,
    private readonly folder: string,
    private readonly sampler: 'random' | 'tpe',
    /** Threads of `optimize`. */
    readonly threads: number,
    private readonly limit: number,
    private readonly signal: AbortSignal,
  ) {
    this.name = `Optuna (${sampler}, ${threads === 1 ? 'one thread' : `${threads} threads`})`;
  }

  /**
   * Prepares Optuna with the number of threads that is faster for it, one or the concurrency of the others. The signal
   * ends a run that is under way.
   */
  static async start(folder: string, signal: AbortSignal): Promise<Optuna> {
    const python = await environmentPython(optunaEnvironment);
    const rates: { readonly threads: number; readonly rate: number }[] = [];
    for (const threads of [1, concurrency]) {
      const trial = new Optuna(python, folder, 'random', threads, calibrationLimit, signal);
      const { trials, seconds } = await trial.run(calibrationTrials);
      rates.push({ threads, rate: trials / seconds });
    }
    const [best] = rates.sort((a, b) => b.rate - a.rate);
    return new Optuna(python, folder, 'random', best?.threads ?? 1, runLimit, signal);
  }

  /** The same with Optuna's default sampler. */
  withDefaultSampler(): Optuna {
    return new Optuna(this.python, this.folder, 'tpe', this.threads, this.limit, this.signal);
  }

  async run(trials: number): Promise<Run> {
    this.runs += 1;
    const database = path.join(
      this.folder,
      `optuna-${this.sampler}-${this.threads}-${trials}-${this.runs}.db`,
    );
    const { stdout } = await execute(
      this.python,
      [program, this.sampler, String(trials), String(this.threads), String(this.limit), database],
      // Standard error holds progress of no interest; the message of a failure repeats it.
      { timeout: 2 * (this.limit + 60) * 1000, signal: this.signal },
    );
    const { trials: done, seconds } = answer.parse(JSON.parse(stdout));
    return { trials: done, seconds };
  }
}

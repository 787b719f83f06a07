import { execFile, spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { sha256Hex } from '../../foundation/numbers/hash.js';
import { optunaEnvironment } from '../durable-trials/optuna.js';
import { environmentPython } from '../python-environment.js';
import type { Contender, CrashRun, Workload } from './contender.js';
import { KilledWorkers } from './killed-workers.js';

const execute = promisify(execFile);
const program = fileURLToPath(new URL('./optuna_worker.py', import.meta.url));
const report = z.object({
  trials: z.number(),
  running: z.number(),
  complete: z.array(z.tuple([z.number(), z.number(), z.number()])),
});

/** Workers of one Optuna study on SQLite: as it is, or with heartbeats and retries as its documentation advises. */
export class Optuna implements Contender {
  readonly name: string;
  private runs = 0;

  private constructor(
    private readonly python: string,
    private readonly folder: string,
    private readonly mode: 'plain' | 'heartbeat',
  ) {
    this.name = mode === 'plain' ? 'Optuna' : 'Optuna with heartbeats and retries';
  }

  /** `folder`: for the databases. */
  static async both(folder: string): Promise<readonly Optuna[]> {
    const python = await environmentPython(optunaEnvironment);
    return [new Optuna(python, folder, 'plain'), new Optuna(python, folder, 'heartbeat')];
  }

  async run(workload: Workload, moments: readonly number[]): Promise<CrashRun> {
    this.runs += 1;
    const database = path.join(this.folder, `${this.mode}-${this.runs}.db`);
    await execute(this.python, [program, 'create', database]);
    const began = Date.now();
    let started = false;
    const workers = new KilledWorkers(workload.workers, (worker) =>
      spawn(
        this.python,
        [
          ...[program, 'work', database, this.mode, String(worker), String(workload.trials)],
          ...[String(workload.steps), String(workload.stepSeconds)],
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      ).on('spawn', function (this: ChildProcess) {
        this.stdout?.on('data', () => {
          started = true;
        });
      }),
    );
    let kills: number;
    try {
      kills = await workers.disturb(moments, () => started);
    } finally {
      await workers.stop();
    }
    const seconds = (Date.now() - began) / 1000;
    const { stdout } = await execute(this.python, [program, 'report', database]);
    const { trials, running, complete } = report.parse(JSON.parse(stdout));
    const points = complete.map(([x, y]) => `${x} ${y}`);
    return {
      kills,
      trials,
      complete: complete.length,
      zombies: running,
      repeated: points.length - new Set(points).size,
      trajectory: sha256Hex(JSON.stringify(complete)),
      seconds,
    };
  }
}

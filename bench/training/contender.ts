import { z } from 'zod';
import { median } from '../durable-trials/contender.js';
import { LineProcess } from './line-process.js';

const readySchema = z.object({ parameters: z.int().positive(), form: z.string() });
const turnSchema = z.object({
  examples: z.int().positive(),
  seconds: z.number().positive(),
  processorSeconds: z.number().nonnegative(),
  loss: z.number(),
});

/** Medians of the turns that a contender took. */
export interface Figures {
  readonly threads: number;
  readonly form: string;
  readonly examplesPerSecond: number;
  readonly processorMicroseconds: number;
}

/** A framework, and how its process is started. */
export interface ContenderSetting {
  readonly framework: 'duramen' | 'duramenFast' | 'duramenOperations' | 'keras' | 'pytorch';
  readonly threads: number;
  readonly program: string;
  readonly programArguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A framework that trains one network in a process of its own with a number of threads. */
export class Contender {
  private readonly turns: z.output<typeof turnSchema>[] = [];

  private constructor(
    readonly framework: ContenderSetting['framework'],
    private readonly threads: number,
    readonly parameters: number,
    private readonly form: string,
    private readonly process: LineProcess,
  ) {}

  /** Starts the process and waits until it has warmed up and chosen its fastest form. */
  static async start(setting: ContenderSetting): Promise<Contender> {
    const { framework, threads, program, programArguments, environment } = setting;
    const name = `${framework} with ${threads} threads`;
    const process = new LineProcess(name, program, programArguments, environment);
    try {
      const { parameters, form } = readySchema.parse(await process.answer());
      return new Contender(framework, threads, parameters, form, process);
    } catch (error) {
      await process.stop();
      throw error;
    }
  }

  /** Trains for about so many seconds. */
  async turn(seconds: number): Promise<void> {
    const turn = turnSchema.parse(await this.process.answer(String(seconds)));
    if (!Number.isFinite(turn.loss)) throw new Error(`${this.framework} reached the loss ${turn.loss}.`);
    this.turns.push(turn);
    const rate = Math.round(turn.examples / turn.seconds);
    console.error(`  ${this.framework}, ${this.threads} threads: ${rate} examples/s`);
  }

  figures(): Figures {
    const { threads, form, turns } = this;
    return {
      threads,
      form,
      examplesPerSecond: median(turns.map(({ examples, seconds }) => examples / seconds)),
      processorMicroseconds: median(
        turns.map(({ examples, processorSeconds }) => (1e6 * processorSeconds) / examples),
      ),
    };
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }
}

import { z } from 'zod';
import { median } from '../durable-trials/contender.js';
import { LineProcess } from '../training/line-process.js';

const readySchema = z.object({ parameters: z.int().positive(), form: z.string() });
const turnSchema = z.object({
  steps: z.int().positive(),
  seconds: z.number().positive(),
  processorSeconds: z.number().nonnegative(),
  residentMegabytes: z.number().positive(),
  loss: z.number(),
});

/** One way to train the children, and how its process is started. */
export interface ContenderSetting {
  readonly name: 'path' | 'alone' | 'gating' | 'weights' | 'logits' | 'pytorch';
  readonly program: string;
  readonly programArguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Medians of the turns of a contender. */
export interface StepFigures {
  readonly form: string;
  /** Of processor time, a step, over all children. */
  readonly processorMilliseconds: number;
  readonly milliseconds: number;
  /** The most memory that the process has had resident. */
  readonly peakMegabytes: number;
}

/** A process that trains the children of the task one step after another on one thread. */
export class Contender {
  private readonly turns: z.output<typeof turnSchema>[] = [];

  private constructor(
    readonly name: ContenderSetting['name'],
    readonly parameters: number,
    private readonly form: string,
    private readonly process: LineProcess,
  ) {}

  /** Starts the process and waits until each child has done a step. */
  static async start({ name, program, programArguments, environment }: ContenderSetting): Promise<Contender> {
    const process = new LineProcess(name, program, programArguments, environment);
    try {
      const { parameters, form } = readySchema.parse(await process.answer());
      return new Contender(name, parameters, form, process);
    } catch (error) {
      await process.stop();
      throw error;
    }
  }

  /** Trains so many times along each child. */
  async turn(passes: number): Promise<void> {
    const turn = turnSchema.parse(await this.process.answer(String(passes)));
    if (!Number.isFinite(turn.loss)) throw new Error(`${this.name} reached the loss ${turn.loss}.`);
    this.turns.push(turn);
    console.error(
      `  ${this.name}: ${((1000 * turn.processorSeconds) / turn.steps).toFixed(1)} ms of processor time a step`,
    );
  }

  figures(): StepFigures {
    const { form, turns } = this;
    return {
      form,
      processorMilliseconds: median(
        turns.map(({ processorSeconds, steps }) => (1000 * processorSeconds) / steps),
      ),
      milliseconds: median(turns.map(({ seconds, steps }) => (1000 * seconds) / steps)),
      peakMegabytes: Math.round(Math.max(...turns.map(({ residentMegabytes }) => residentMegabytes))),
    };
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }
}

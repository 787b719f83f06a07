import { appendFileSync } from 'node:fs';
import type { TrialHandle } from 'duramen';

/** A line about an evaluation. */
export interface Note {
  readonly kind: 'start' | 'end';
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Id of the process that evaluates. */
  readonly process: number;
  /** Seed of the trial, which is the same in every attempt. */
  readonly seed: string;
  readonly attempt: number;
}

/**
 * Runs an evaluation and adds two lines, one when it starts and one when it ends, to the file that the environment
 * names: kept out of the bundle, so that all runs have the same one.
 */
export async function noted<Result>(trial: TrialHandle, evaluate: () => Promise<Result>): Promise<Result> {
  const note = (kind: Note['kind']): void => {
    const { seed, attempt } = trial;
    const line: Note = { kind, time: Date.now(), process: process.pid, seed, attempt };
    appendFileSync(process.env['DURAMEN_NOTES'] ?? '/dev/null', `${JSON.stringify(line)}\n`);
  };
  note('start');
  try {
    return await evaluate();
  } finally {
    note('end');
  }
}

/** A training of a number of steps with a checkpoint after each; it goes on from the last one. */
export async function checkpointed(
  trial: TrialHandle,
  steps: number,
  milliseconds: number,
  loss: number,
): Promise<{ readonly loss: number }> {
  return noted(trial, async () => {
    const saved = await trial.checkpoint.latest();
    for (let step = (saved?.step ?? 0) + 1; step <= steps; step += 1) {
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      trial.report(step, { loss: loss + 1 / step });
      await trial.checkpoint.save(new Uint8Array([step]), step);
    }
    return { loss };
  });
}

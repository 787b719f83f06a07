import { appendFileSync } from 'node:fs';
import type { TrialHandle } from 'duramen';

/** A line about an evaluation. */
export interface Note {
  readonly kind: 'start' | 'end';
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Id of the process that evaluates. */
  readonly process: number;
  /** Seed of the trial, with its index where the trials of a search share a seed: the same in every attempt. */
  readonly name: string;
  readonly attempt: number;
}

/**
 * Runs an evaluation and adds two lines, one when it starts and one when it ends, to the file that the environment
 * names: kept out of the bundle, so that all runs have the same one.
 */
export async function noted<Result>(trial: TrialHandle, evaluate: () => Promise<Result>): Promise<Result> {
  const note = (kind: Note['kind']): void => {
    const { seed, index, slice, attempt } = trial;
    const name = slice === null ? seed : sliceName(seed, index);
    const line: Note = { kind, time: Date.now(), process: process.pid, name, attempt };
    appendFileSync(process.env['DURAMEN_NOTES'] ?? '/dev/null', `${JSON.stringify(line)}\n`);
  };
  note('start');
  try {
    return await evaluate();
  } finally {
    note('end');
  }
}

/** What tells the slices of a search apart. */
export function sliceName(seed: string, index: number): string {
  return `${seed}/${index}`;
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

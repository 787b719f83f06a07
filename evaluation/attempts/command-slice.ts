import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { drawOf, type Slice } from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import { errorText } from '../../foundation/errors/index.js';
import type { TrialDraw } from '../../searches/search-files/index.js';
import type { SentTrial } from '../processes/process-messages.js';
import type { TrialDraws } from '../trial/trial-draws.js';

/** Draws between two turns of the worker, which serves other evaluations meanwhile. */
const drawsInTurn = 64;

/**
 * The draws that a command finds in its file: those of a score, or as many paths as a `train` slice names steps. Null
 * where the slice draws none. Throws a `BadInput` failure when they cannot be made.
 */
export async function drawsForCommand(
  slice: Slice | undefined,
  drawing: TrialDraws,
): Promise<readonly TrialDraw[] | null> {
  if (slice === undefined || drawOf(slice) === null) return null;
  const count = slice.kind === 'score' ? slice.count : slice.kind === 'train' ? (slice.steps ?? 0) : 0;
  if (count === 0) return null;
  const drawn: TrialDraw[] = [];
  try {
    while (drawn.length < count) {
      drawn.push(...(await drawing.draws(Math.min(drawsInTurn, count - drawn.length), drawn.length)));
      await nextTurn();
    }
  } catch (error) {
    throw ApplicationFailure.create({ type: 'BadInput', nonRetryable: true, message: errorText(error) });
  }
  return drawn;
}

/** The first line of a command's input: the parameters of its trial, or for a slice all that it works on. */
export async function firstLine(
  { parameters, slice, continued, workFolder }: SentTrial,
  draws: readonly TrialDraw[] | null,
): Promise<string> {
  if (slice === null) return JSON.stringify(parameters);
  const file = draws === null ? null : join(workFolder, 'draws.jsonl');
  if (file !== null && draws !== null)
    await writeFile(file, draws.map((drawn) => `${JSON.stringify(drawn)}\n`).join(''));
  return JSON.stringify({ parameters, slice, draws: file, continues: continued?.checkpoint.path ?? null });
}

/** The checkpoint that the last line of a slice names, with the step under which it is kept; null without one. */
export function lastCheckpoint(
  { slice }: SentTrial,
  line: { readonly [key: string]: Json },
): { readonly path: string; readonly step: number } | null {
  const { checkpoint } = line;
  if (slice === null || typeof checkpoint !== 'string') return null;
  return { path: checkpoint, step: 'epoch' in slice ? slice.epoch : 0 };
}

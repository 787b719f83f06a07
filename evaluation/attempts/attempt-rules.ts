import type { Outcome } from '../../algorithms/contract/index.js';
import type { Timeout } from '../../searches/definition/index.js';
import type { AttemptRecord } from '../../storage/index.js';

/** Losses of one trial without a further checkpoint step after which the activity gives it up. */
export const maximumLosses = 5;

/**
 * How many of the latest attempts in a row were lost after they had started from `step`, that of the trial's latest
 * checkpoint. An attempt that never recorded its end was lost with its worker.
 */
export function countLosses(attempts: readonly AttemptRecord[], step: number | null): number {
  let losses = 0;
  for (const { end, startedFrom } of [...attempts].reverse()) {
    if ((end !== null && end.kind !== 'lost') || startedFrom !== step) break;
    losses++;
  }
  return losses;
}

/** How long an attempt may take. */
export interface AttemptLimit {
  /** Undefined: no limit. Zero or less: earlier attempts have used the trial's time up. */
  readonly milliseconds: number | undefined;
  /** Limit of the whole trial, if it has one. */
  readonly total: number | undefined;
}

/** The limit of the next attempt; the trial's limit counts the time of all its attempts that recorded an end. */
export function limitOfAttempt(timeout: Timeout, attempts: readonly AttemptRecord[]): AttemptLimit {
  const { attempt, trial } = timeout;
  if (trial === undefined) return { milliseconds: attempt, total: undefined };
  const left = trial - attempts.reduce((sum, { end }) => sum + (end?.milliseconds ?? 0), 0);
  return { milliseconds: attempt === undefined ? left : Math.min(left, attempt), total: trial };
}

/**
 * Whether an outcome is the trial's for good. `Bug` and `BadInput` are not, because the user may mend the search file
 * and have the trial evaluated again.
 */
export function isLasting(outcome: Outcome): boolean {
  return outcome.kind !== 'failed' || (outcome.class !== 'Bug' && outcome.class !== 'BadInput');
}

/**
 * Whether other trials with the same content key may take an outcome over: a lasting one that depended neither on
 * wall-clock time nor on the memory that was free.
 */
export function isSharable(outcome: Outcome, timed: boolean): boolean {
  return isLasting(outcome) && !timed && (outcome.kind !== 'failed' || outcome.class !== 'OutOfMemory');
}

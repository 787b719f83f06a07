import type { Outcome } from '../../algorithms/contract/index.js';
import type { Timeout } from '../../searches/definition/index.js';
import type { AttemptRecord } from '../../storage/index.js';

/** Losses of one trial without a further checkpoint step after which it is given up. */
export const maximumLosses = 5;

/**
 * How many attempts in a row, the latest one last, were lost after they had started from the step at which the trial
 * still is. An attempt that never recorded its end was lost with its worker.
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
  /** Undefined: as long as it wants. Zero or less: the trial's time is used up. */
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
 * Whether an outcome is the trial's for good. A mistake of the search file may be mended and the trial evaluated again:
 * `Bug` and `BadInput` are no lasting results.
 */
export function isLasting(outcome: Outcome): boolean {
  return outcome.kind !== 'failed' || (outcome.class !== 'Bug' && outcome.class !== 'BadInput');
}

/**
 * Whether other trials with the same content key may take an outcome over: a lasting one that hung neither on
 * wall-clock time nor on the memory that was free.
 */
export function isSharable(outcome: Outcome, timed: boolean): boolean {
  return isLasting(outcome) && !timed && (outcome.kind !== 'failed' || outcome.class !== 'OutOfMemory');
}

import { AlgorithmError } from '../contract/algorithm-error.js';
import type { StateValue } from '../contract/state-value.js';
import type { ToldTrial } from '../contract/trial.js';
import { readInteger, readList } from '../contract/state-shape.js';

/**
 * A round of trials drawn from one policy, as part of an algorithm's state. When the outcomes of all of them are known,
 * an update learns from the results and the next round begins.
 */
export type Round<Result> = {
  /** Number of trials proposed in this round. */
  readonly proposed: number;
  /** Indices of those whose outcomes are not known yet. */
  readonly pending: readonly number[];
  /** Results in the order in which they came; cancelled trials have none. */
  readonly results: readonly Result[];
};

/** A round before its first proposal. */
export const emptyRound = { proposed: 0, pending: [], results: [] } as const;

/**
 * What a round of `size` trials needs next: to draw a trial, to wait for outcomes, or to learn from its results. A
 * round of which every trial was cancelled has nothing to learn from: the next draw begins another one.
 */
export function needOf(round: Round<unknown>, size: number): 'draw' | 'wait' | 'learn' {
  if (round.proposed !== size) return 'draw';
  if (round.pending.length > 0) return 'wait';
  return round.results.length > 0 ? 'learn' : 'draw';
}

/** The state with a trial that its round of `size` trials needed to draw. */
export function withProposed<S extends Round<unknown>>(state: S, size: number, index: number): S {
  const current = state.proposed === size ? { ...state, ...emptyRound } : state;
  return { ...current, proposed: current.proposed + 1, pending: [...current.pending, index] };
}

/**
 * The state with outcomes, in any order. `withResult` adds the result of a trial that is no longer pending. A cancelled
 * trial has no result, and trials that were enqueued, which the policy did not draw, leave the state as it is.
 */
export function withTold<S extends Round<unknown>>(
  state: S,
  told: readonly ToldTrial[],
  withResult: (settled: S, told: ToldTrial) => S,
): S {
  return told.reduce((before, one) => {
    const { index } = one.trial;
    if (!before.pending.includes(index)) return before;
    const settled = { ...before, pending: before.pending.filter((other) => other !== index) };
    return one.outcome.kind === 'cancelled' ? settled : withResult(settled, one);
  }, state);
}

/** Results by index, so that an update does not depend on the order in which outcomes came. */
export function inIndexOrder<Result extends { readonly index: number }>(
  results: readonly Result[],
): readonly Result[] {
  return results.toSorted((a, b) => a.index - b.index);
}

/** Throws `AlgorithmError` unless the round is complete: only then did the algorithm ask for an update. */
export function checkUpdateIsDue(round: Round<unknown>, size: number, algorithm: string): void {
  if (round.proposed === size && round.pending.length === 0) return;
  throw new AlgorithmError(`${algorithm} was given the result of an update that it did not ask for`);
}

/**
 * The round among the fields of a state; `noun` is what the algorithm calls it. Throws `AlgorithmError` for what is no
 * round of `size` trials.
 */
export function readRound<Result>(
  fields: Readonly<Partial<Record<keyof Round<Result>, StateValue>>>,
  size: number,
  noun: 'batch' | 'round',
  readResults: (value: StateValue | undefined, place: string) => readonly Result[],
): Round<Result> {
  const round = {
    proposed: readInteger(fields.proposed, 'state.proposed'),
    pending: readList(fields.pending, 'state.pending', size, readInteger),
    results: readResults(fields.results, 'state.results'),
  };
  if (round.proposed > size || round.pending.length + round.results.length > round.proposed) {
    throw new AlgorithmError(`state.proposed does not fit a ${noun} of ${size} trials`);
  }
  return round;
}

/** The moving average of the mean scores of rounds, `decay` the share of what it was; null before the first one. */
export function movedBaseline(baseline: number | null, mean: number, decay: number): number {
  return (baseline === null ? mean : decay * baseline + (1 - decay) * mean) + 0;
}

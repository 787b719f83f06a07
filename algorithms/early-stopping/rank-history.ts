import { AlgorithmError } from '../contract/algorithm-error.js';
import type { StateValue } from '../contract/state-value.js';
import { isFiniteNumber, readFields, readInteger, readList } from '../contract/state-shape.js';

/** The values that trials had at one gate: how many there were, and the best of them or a sample, best first. */
export type RankHistory = { readonly count: number; readonly values: readonly number[] };

/** Values that a history holds at most, and the largest rank that a gate may have. */
export const longestHistory = 1_024;

/** Bound of an encoded history. */
export const historyBytes = 32 + 9 * longestHistory;

/** The history before any value. */
export const emptyHistory: RankHistory = { count: 0, values: [] };

/**
 * The value that a trial must not be worse than; null while there are fewer than `minimumHistory`. A rank from 1 counts
 * from the best; below 1 it is a share of the history.
 */
export function barOf(history: RankHistory, rank: number, minimumHistory: number): number | null {
  if (history.count < minimumHistory) return null;
  const { values } = history;
  return values[rank >= 1 ? rank - 1 : Math.floor((values.length - 1) * rank)] ?? null;
}

/**
 * The history with one more value. For a whole rank it keeps the best values that the rank asks for; for a share it
 * keeps all, and of more than `longestHistory` every second one.
 */
export function joinHistory(
  { count, values }: RankHistory,
  value: number,
  rank: number,
  goal: 'maximize' | 'minimize',
): RankHistory {
  const place = values.findIndex((other) => (goal === 'maximize' ? other < value : other > value));
  const all = values.toSpliced(place === -1 ? values.length : place, 0, value);
  const kept =
    rank >= 1 ? all.slice(0, rank) : all.length > longestHistory ? all.filter((_, i) => i % 2 === 0) : all;
  return { count: count + 1, values: kept };
}

/** Reads a history from a state; throws `AlgorithmError` that names the place of what is wrong. */
export function readRankHistory(value: StateValue | undefined, place: string): RankHistory {
  const fields = readFields(value, place, ['count', 'values']);
  const values = readList(fields.values, `${place}.values`, longestHistory, (item, itemPlace) => {
    if (!isFiniteNumber(item)) throw new AlgorithmError(`${itemPlace} must be a finite number`);
    return item;
  });
  return { count: readInteger(fields.count, `${place}.count`), values };
}

import { AlgorithmError } from '../contract/algorithm-error.js';
import type { StateValue } from '../contract/state-value.js';
import { isFiniteNumber, readList } from '../contract/state-shape.js';

/**
 * The gate metric's values that trials had at one rung, in the order of telling: the latest `rungValues` of them.
 */
export type StoppingRung = readonly number[];

/** How many of the latest values at a rung decide its threshold. */
export const rungValues = 512;

/** The rung after one more trial reached it with `value`. */
export function reachRung(rung: StoppingRung, value: number): StoppingRung {
  return [...rung.slice(Math.max(0, rung.length + 1 - rungValues)), value];
}

/**
 * The value that a trial must not be worse than to go on: the ⌊n / η⌋-th best of the n latest values. With fewer than
 * η values it is the threshold that nothing is worse than.
 */
export function thresholdOf(
  rung: StoppingRung,
  goal: 'maximize' | 'minimize',
  reductionFactor: number,
): number {
  const never = goal === 'maximize' ? -Number.MAX_VALUE : Number.MAX_VALUE;
  const survivors = Math.floor(rung.length / reductionFactor);
  if (survivors < 1) return never;
  const ascending = Float64Array.from(rung).sort();
  return ascending[goal === 'maximize' ? rung.length - survivors : survivors - 1] ?? never;
}

/** Reads a rung from a state; throws `AlgorithmError` naming the place of what is wrong. */
export function readStoppingRung(value: StateValue | undefined, place: string): StoppingRung {
  return readList(value, place, rungValues, (item, itemPlace) => {
    if (!isFiniteNumber(item)) throw new AlgorithmError(`${itemPlace} must be a finite number`);
    return item;
  });
}

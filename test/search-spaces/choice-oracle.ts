import type { ChoiceSource } from '../../foundation/numbers/index.js';

/** One outcome of a randomised function with its exact probability as a fraction. */
export interface Outcome<T> {
  readonly value: T;
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/**
 * Every outcome of a function that draws with `below` alone: the function is run once per path of draws, depth
 * first. Equal outcomes (by JSON) are merged and their probabilities added. Paths of more than `maximumDraws` draws
 * are given up: a function that draws again after a repeat has endless ones.
 */
export function allOutcomes<T>(run: (source: ChoiceSource) => T, maximumDraws = 64): readonly Outcome<T>[] {
  const merged = new Map<string, Outcome<T>>();
  let prefix: number[] | null = [];
  while (prefix !== null) {
    const path: { drawn: number; of: number }[] = [];
    const fixed: readonly number[] = prefix;
    const source: ChoiceSource = {
      below(m) {
        if (path.length >= maximumDraws) throw new PathTooLong();
        const drawn = fixed[path.length] ?? 0;
        path.push({ drawn, of: m });
        return drawn;
      },
      unit() {
        throw new Error('This function draws a real number: its outcomes cannot be listed.');
      },
    };
    const value = outcomeOf(run, source);
    const paths = path.reduce((product, step) => product * BigInt(step.of), 1n);
    if (value !== null) {
      const key = JSON.stringify(value.of);
      const before = merged.get(key) ?? { value: value.of, numerator: 0n, denominator: 1n };
      merged.set(key, added(before, 1n, paths));
    }
    let place = path.length - 1;
    while (place >= 0 && (path[place]?.drawn ?? 0) + 1 >= (path[place]?.of ?? 0)) place--;
    prefix = place < 0 ? null : path.slice(0, place + 1).map((step, i) => step.drawn + (i === place ? 1 : 0));
  }
  return [...merged.values()];
}

class PathTooLong extends Error {}

function outcomeOf<T>(run: (source: ChoiceSource) => T, source: ChoiceSource): { readonly of: T } | null {
  try {
    return { of: run(source) };
  } catch (error) {
    if (error instanceof PathTooLong) return null;
    throw error;
  }
}

function added<T>(outcome: Outcome<T>, numerator: bigint, denominator: bigint): Outcome<T> {
  const sum = outcome.numerator * denominator + numerator * outcome.denominator;
  const below = outcome.denominator * denominator;
  const divisor = greatestCommonDivisor(sum, below);
  return { value: outcome.value, numerator: sum / divisor, denominator: below / divisor };
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}

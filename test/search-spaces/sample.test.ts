import { describe, expect, test } from 'vitest';
import { RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import type { Space } from '../../search-spaces/index.js';
import {
  bool,
  float,
  int,
  manyOf,
  oneOf,
  optional,
  sample,
  sampleBatch,
  space,
} from '../../search-spaces/index.js';
import { allOutcomes } from './choice-oracle.js';

const draws = 20_000;

/** Counts of `bin` over many draws from one stream. */
function histogram(
  definition: Space,
  bins: number,
  bin: (genome: readonly number[]) => number,
): readonly number[] {
  const stream = new RandomStream(rngFromSeed('histogram'));
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < draws; i++) {
    const drawn = bin(sample(definition, stream));
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  return counts;
}

function chiSquare(counts: readonly number[], law: readonly number[]): number {
  return counts.reduce(
    (sum, count, i) => sum + (count - draws * (law[i] ?? 0)) ** 2 / (draws * (law[i] ?? 0)),
    0,
  );
}

/** 0.9999 quantiles of chi-square by degrees of freedom. */
const quantile: Readonly<Record<number, number>> = {
  1: 15.14,
  2: 18.42,
  3: 21.11,
  4: 23.51,
  5: 25.74,
  9: 33.72,
};

describe('law of the real generator', () => {
  test('weights of choices, bools and optionals', () => {
    const weighted = space({ x: oneOf([1, 2, 3], { weights: [1, 2, 5] }) });
    expect(
      chiSquare(
        histogram(weighted, 3, (g) => g[0] ?? 0),
        [1 / 8, 2 / 8, 5 / 8],
      ),
    ).toBeLessThan(quantile[2] ?? 0);
    const flag = space({ x: bool({ weights: [1, 3] }) });
    expect(
      chiSquare(
        histogram(flag, 2, (g) => g[0] ?? 0),
        [1 / 4, 3 / 4],
      ),
    ).toBeLessThan(quantile[1] ?? 0);
    const maybe = space({ x: optional(oneOf([1, 2]), { weights: [2, 1] }) });
    const bin = (g: readonly number[]): number => (g[0] === 0 ? 0 : 1 + (g[1] ?? 0));
    expect(chiSquare(histogram(maybe, 3, bin), [4 / 6, 1 / 6, 1 / 6])).toBeLessThan(quantile[2] ?? 0);
  });

  test('weighted draws without replacement', () => {
    const picks = space({ x: manyOf(2, ['a', 'b', 'c'], { weights: [1, 1, 2] }) });
    const law = new Map([
      ['0,1', (1 / 4) * (1 / 3)],
      ['0,2', (1 / 4) * (2 / 3)],
      ['1,0', (1 / 4) * (1 / 3)],
      ['1,2', (1 / 4) * (2 / 3)],
      ['2,0', (1 / 2) * (1 / 2)],
      ['2,1', (1 / 2) * (1 / 2)],
    ]);
    const keys = [...law.keys()];
    const counts = histogram(picks, 6, (g) => keys.indexOf(g.join()));
    expect(chiSquare(counts, [...law.values()])).toBeLessThan(quantile[5] ?? 0);
  });

  test('scales of floats are honoured', () => {
    const tenth = (u: number): number => Math.min(9, Math.floor(10 * u));
    const even = new Array<number>(10).fill(0.1);
    const linear = space({ x: float(-1, 4) });
    expect(
      chiSquare(
        histogram(linear, 10, (g) => tenth(((g[0] ?? 0) + 1) / 5)),
        even,
      ),
    ).toBeLessThan(quantile[9] ?? 0);
    const log = space({ x: float(1e-5, 1e-1, { scale: 'log' }) });
    const decade = (x: number): number => (Math.log10(x) + 5) / 4;
    expect(
      chiSquare(
        histogram(log, 10, (g) => tenth(decade(g[0] ?? 0))),
        even,
      ),
    ).toBeLessThan(quantile[9] ?? 0);
    const reverse = space({ x: float(1e-5, 1e-1, { scale: 'reverseLog' }) });
    const mirrored = (x: number): number => 1 - decade(0.1 + 1e-5 - x);
    expect(
      chiSquare(
        histogram(reverse, 10, (g) => tenth(mirrored(g[0] ?? 0))),
        even,
      ),
    ).toBeLessThan(quantile[9] ?? 0);
  });

  test('ints: uniform with a step, by logarithm on a log scale', () => {
    const stepped = space({ x: int(3, 12, { step: 2 }) });
    const fifth = new Array<number>(5).fill(0.2);
    expect(
      chiSquare(
        histogram(stepped, 5, (g) => ((g[0] ?? 0) - 3) / 2),
        fifth,
      ),
    ).toBeLessThan(quantile[4] ?? 0);
    const log = space({ x: int(1, 4, { scale: 'log' }) });
    const law = [1, 2, 3, 4].map((v) => Math.log((v + 0.5) / (v - 0.5)) / Math.log(4.5 / 0.5));
    expect(
      chiSquare(
        histogram(log, 4, (g) => (g[0] ?? 0) - 1),
        law,
      ),
    ).toBeLessThan(quantile[3] ?? 0);
  });
});

test('golden genomes: the draws of a seed never change', () => {
  const mixed = space({
    a: oneOf(['x', { y: float(0, 1) }]),
    b: manyOf(3, [1, 2, 3, 4, 5], { sorted: true }),
    c: int(1, 1000, { scale: 'log' }),
    d: oneOf([1, 2, 3], { weights: [1, 1, 8] }),
    e: int(0, 10, { step: 5 }),
  });
  expect(JSON.stringify(sampleBatch(mixed, rngFromSeed('golden'), 4))).toBe(golden);
});

const golden =
  '[[0,1,2,3,259,2,10],[1,0.9878710634687323,1,2,3,131,2,5],[1,0.4477414959332091,2,3,4,81,2,10],[0,0,2,4,27,2,5]]';

test('the first draws of a batch are those of single samples from one stream', () => {
  const one = space([oneOf([1, 2, 3]), float(0, 1)]);
  const stream = new RandomStream(rngFromSeed(3));
  expect(sampleBatch(one, rngFromSeed(3), 3)).toEqual([
    sample(one, stream),
    sample(one, stream),
    sample(one, stream),
  ]);
});

test('a distinct batch ends with the space, however rare some points are', () => {
  const skewed = space({ x: oneOf([0, 1, 2], { weights: [1e12, 1, 1] }) });
  const batch = sampleBatch(skewed, rngFromSeed(1), 10, { distinct: true });
  expect([...batch].sort()).toEqual([[0], [1], [2]]);
  const rareFloat = space({ x: oneOf([0, float(0, 1)], { weights: [1e12, 1e-12] }) });
  expect(sampleBatch(rareFloat, rngFromSeed(1), 10, { distinct: true })).toEqual([[0]]);
});

test('seven points of a sorted multi-choice with repeats are not equally likely', () => {
  const multiset = space(manyOf(2, [oneOf(['a', 'b']), 'c'], { distinct: false, sorted: true }));
  const law = allOutcomes((source) => sample(multiset, source)).map((o) => `${o.numerator}/${o.denominator}`);
  expect(law.sort()).toEqual(['1/16', '1/16', '1/16', '1/16', '1/4', '1/4', '1/4']);
});

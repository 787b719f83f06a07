import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rankCorrelation } from '../../searches/retraining/rank-correlation.js';

type Pairs = readonly (readonly [number, number])[];

const pairs: fc.Arbitrary<Pairs> = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })),
  {
    maxLength: 12,
  },
);

test('known values, with ties', () => {
  expect(rankCorrelation([])).toBe(null);
  expect(rankCorrelation([[1, 2]])).toBe(null);
  expect(rankCorrelation([[1, 2], [1, 3]])).toBe(null); // prettier-ignore
  expect(rankCorrelation([[1, 10], [2, 20], [30, 21]])).toBe(1); // prettier-ignore
  expect(rankCorrelation([[1, 3], [2, 2], [3, 1]])).toBe(-1); // prettier-ignore
  // Without ties 1 − 6 Σd² / (n (n² − 1)): ranks 1 2 3 4 5 and 2 1 4 3 5 differ by four ones.
  const swapped: Pairs = [[1, 20], [2, 10], [3, 40], [4, 30], [5, 50]]; // prettier-ignore
  expect(rankCorrelation(swapped)).toBeCloseTo(1 - 24 / 120, 12);
  // Ranks 1.5 1.5 3 4 and 1 2 3.5 3.5, by hand: covariance 4, variances 4.5 and 4.5.
  const tied: Pairs = [[1, 1], [1, 2], [2, 5], [3, 5]]; // prettier-ignore
  expect(rankCorrelation(tied)).toBeCloseTo(4 / 4.5, 12);
});

test('it is symmetric, bounded, independent of order, and only ranks count', () => {
  fc.assert(
    fc.property(pairs, (some) => {
      const value = rankCorrelation(some);
      const swapped = rankCorrelation(some.map(([x, y]) => [y, x]));
      const reversed = rankCorrelation([...some].reverse());
      const stretched = rankCorrelation(some.map(([x, y]) => [x * x * x, 5 * y - 2]));
      if (value === null) {
        expect([swapped, reversed, stretched]).toEqual([null, null, null]);
        return;
      }
      expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-12);
      for (const same of [swapped, reversed, stretched]) expect(same).toBeCloseTo(value, 10);
      expect(rankCorrelation(some.map(([x, y]) => [x, -y]))).toBeCloseTo(-value, 10);
    }),
  );
});

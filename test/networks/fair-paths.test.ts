import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import { activeChoices, checkPath, fairPaths } from '../../networks/supernetwork/index.js';
import { randomNetwork, randomSpace, sharedSpace } from '../support/supernet-laboratory.js';

describe('strictly fair paths', () => {
  test('every path fits, and inactive choices are 0', () => {
    fc.assert(
      fc.property(randomSpace(), fc.integer({ min: 0, max: 1_000 }), (space, seed) => {
        const { choices } = sharedSpace(space, randomNetwork);
        const paths = fairPaths(choices, rngFromSeed(seed));
        for (const path of paths) {
          checkPath(choices, path);
          const active = activeChoices(choices, path);
          path.forEach((outcome, i) => expect(active[i] === true || outcome === 0).toBe(true));
        }
        expect(fairPaths(choices, rngFromSeed(seed))).toEqual(paths);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  test('each branch of the largest choice is on exactly one path, and others run through permutations', () => {
    const choice = (name: string, outcomes: number) => ({
      ...{ name, outcomes, together: [name], under: [[]] },
      allowed: Array.from({ length: outcomes }, (_none, i) => i),
    });
    const choices = [choice('large', 5), choice('small', 2)];
    const counts = new Map<string, number>();
    for (let step = 0; step < 40; step++) {
      const paths = fairPaths(choices, fork(rngFromSeed(3), step));
      expect(paths).toHaveLength(5);
      expect(paths.map((path) => path[0]).sort()).toEqual([0, 1, 2, 3, 4]);
      for (const path of paths) counts.set(`${path[1]}`, (counts.get(`${path[1]}`) ?? 0) + 1);
      const small = paths.map((path) => path[1]);
      expect(new Set(small.slice(0, 2)).size).toBe(2);
      expect(new Set(small.slice(2, 4)).size).toBe(2);
    }
    expect(Math.abs((counts.get('0') ?? 0) - (counts.get('1') ?? 0))).toBeLessThan(40);
  });

  test('the picks of a sum are never the same candidate, and each candidate is picked', () => {
    const together = ['sum[0]', 'sum[1]'];
    const choices = together.map((name) => ({
      ...{ name, outcomes: 5, together, under: [[]] },
      allowed: [0, 1, 2, 3, 4],
    }));
    for (let step = 0; step < 20; step++) {
      const paths = fairPaths(choices, fork(rngFromSeed(4), step));
      expect(paths).toHaveLength(3);
      for (const path of paths) expect(path[0]).not.toBe(path[1]);
      expect(new Set(paths.flatMap((path) => [...path])).size).toBe(5);
    }
  });
});

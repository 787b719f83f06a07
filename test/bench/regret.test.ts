import { describe, expect, test } from 'vitest';
import { random, tpe } from '../../algorithms/index.js';
import { costOf } from '../../bench/algorithm-cost.js';
import { bestPeer, figureOf, peerBaselines } from '../../bench/regret/baselines.js';
import { regretSearch } from '../../bench/regret/regret-search.js';
import { regretTables, tableNames } from '../../bench/regret/regret-table.js';
import { sharedDirectory } from '../support/shared.js';

test('mean and standard error', () => {
  expect(figureOf([1, 2, 3, 4])).toEqual({ mean: 2.5, standardError: Math.sqrt(5 / 3 / 4) });
});

test('states stay within their bounds while costs are measured', () => {
  const { stateBytes, boundBytes, milliseconds } = costOf(tpe({ candidates: 4 }), 300, 3);
  expect(Object.keys(milliseconds)).toEqual(['100', '200', '300']);
  expect(stateBytes).toBeGreaterThan(1_000);
  expect(stateBytes).toBeLessThanOrEqual(boundBytes);
});

describe.skipIf(sharedDirectory() === undefined)('shared: regret on tables', () => {
  test('every table opens', () => {
    expect([...regretTables(null).keys()]).toEqual([...tableNames]);
  });

  test('in 6 seeds of 60 evaluations tpe is ahead of random search on two tables', () => {
    const tables = regretTables(null);
    for (const name of ['macro', 'nn_phoneme']) {
      const table = tables.get(name)?.();
      if (table === undefined) throw new Error(`no table ${name}`);
      const [by, chance] = [tpe(), random()].map((algorithm) =>
        figureOf(
          [0, 1, 2, 3, 4, 5].map((seed) => regretSearch(table, algorithm, seed, [60], 1).regret[60] ?? NaN),
        ),
      );
      expect(by?.mean).toBeGreaterThanOrEqual(0);
      expect(by?.mean).toBeLessThan(chance?.mean ?? 0);
    }
  });

  test('the best peer of a cell', () => {
    expect(bestPeer(peerBaselines(), 'fcnet_naval', 1, 50)).toEqual({
      algorithm: 'optuna-tpe',
      mean: 0.1652,
      standardError: 0.047,
    });
    expect(bestPeer(peerBaselines(), 'fcnet_naval', 1, 999)).toBe(null);
  });
});

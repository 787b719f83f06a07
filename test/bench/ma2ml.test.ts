import { describe, expect, test } from 'vitest';
import { feasibleOptimum, runCostTask } from '../../bench/ma2ml/cost-study.js';
import { studyTable } from '../../bench/ma2ml/study-table.js';
import { expectedAt, runTask } from '../../bench/ma2ml/study.js';
import { difference, estimate, medianOf } from '../../bench/ma2ml/summary.js';
import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import { sharedDirectory } from '../support/shared.js';

describe.skipIf(sharedDirectory() === undefined)('the tables of the study', () => {
  test.each(['naval', 'protein'] as const)(
    '%s: rewards are scaled as published, and rarely near the best',
    (name) => {
      const { truth } = studyTable(name);
      expect(truth.length).toBe(62_208);
      expect(truth.reduce((most, value) => Math.max(most, value))).toBe(1);
      const share = (test: (value: number) => boolean): number => truth.filter(test).length / truth.length;
      expect(share((value) => value === 0)).toBeCloseTo(0.1, 3);
      expect(share((value) => value > 0.95)).toBeLessThan(0.0015);
      expect(share((value) => value > 0.95)).toBeGreaterThan(0.0005);
    },
  );

  test('an additive table has only main effects of agents, and noise around them', () => {
    const table = studyTable('naval-additive');
    const { truth, digits, evaluate } = table;
    // Digits of NAS first in genome order, dropout_1 of REG: both swaps together change what they change alone.
    const step = digits.slice(4).reduce((product, { of }) => product * of, 1);
    const at = (place: number): number => truth[place] ?? NaN;
    const other = 1 + step;
    expect(at(other) - at(step)).toBeCloseTo(at(1) - at(0), 10);
    const noise = Array.from(
      { length: 200 },
      (_, index) => evaluate(30_000, fork(rngFromSeed(1), index)) - at(30_000),
    );
    expect(Math.abs(estimate(noise).mean)).toBeLessThan(0.006);
    expect(estimate(noise).standardError * Math.sqrt(200)).toBeCloseTo(0.02, 2);
  });

  test('a search starts from the mean of the table and repeats itself exactly', () => {
    const task = {
      table: 'protein',
      arm: { kind: 'ma2ml', options: { variant: 'lite', learningRate: 0.3 } },
      seed: 4,
      evaluations: 128,
    } as const;
    const result = runTask(task);
    expect(runTask(task)).toEqual(result);
    expect(result.curve.length).toBe(16);
    expect(expectedAt(result, 8)).toBeCloseTo(estimate([...studyTable('protein').truth]).mean, 6);
    expect(expectedAt(result, 128)).toBe(result.curve[15]);
    expect(result.best[128]).toBeGreaterThan(expectedAt(result, 8));
  });

  test.each(['random', 'independent', 'sequential'] as const)(
    '%s: finds more than an average pipeline',
    (kind) => {
      const found = Array.from(
        { length: 20 },
        (_, seed) => runTask({ table: 'naval', arm: { kind }, seed, evaluations: 512 }).best[512] ?? NaN,
      );
      expect(estimate(found).mean).toBeGreaterThan(0.6);
    },
  );
});

describe.skipIf(sharedDirectory() === undefined)('searches under a cost', () => {
  test('the table is the published one', () => {
    const { truth, digits, costs } = studyTable('macro');
    expect(digits.map(({ of }) => of)).toEqual([3, 3, 3, 3, 3, 3, 3, 3]);
    expect(costs(0)).toEqual({ flops: 7_713_280 });
    expect(truth[5]).toBeCloseTo(0.6905333, 6);
    expect(feasibleOptimum(40e6)).toBeCloseTo(0.9150667, 6);
    expect(feasibleOptimum(60e6)).toBeCloseTo(0.9256667, 6);
  });

  test('a hard target is kept by what is derived, and the same task gives the same result', () => {
    const task = { kind: 'costs', mode: 'hard', target: 40e6, seed: 3, evaluations: 96 } as const;
    const result = runCostTask(task);
    expect(runCostTask(task)).toEqual(result);
    expect(result.best?.cost).toBeLessThanOrEqual(40e6);
    expect(result.best?.accuracy).toBeGreaterThan(0.8);
    const free = runCostTask({ ...task, mode: 'unconstrained' });
    expect(free.greedy.cost).toBeGreaterThan(result.greedy.cost);
  });
});

test('a median lies between the two in the middle', () => {
  expect(medianOf([3, 1, 2])).toBe(2);
  expect(medianOf([4, 1, 3, 2])).toBe(2.5);
});

test('differences are paired by seed, and of means where seeds differ in number', () => {
  expect(difference([1, 2, 3], [0, 1, 2])).toEqual({ mean: 1, standardError: 0 });
  const { mean, standardError } = difference([1, 3], [0, 1, 2]);
  expect(mean).toBe(1);
  expect(standardError).toBeCloseTo(Math.sqrt(1 + 1 / 3), 12);
});

import { describe, expect, test } from 'vitest';
import {
  AlgorithmError,
  compareOutcomes,
  dominates,
  optimisedMetric,
  scoreOf,
  scoresOf,
  type Metric,
  type Outcome,
} from '../../algorithms/index.js';

const accuracy: Metric = { name: 'accuracy', goal: 'maximize' };
const latency: Metric = { name: 'latency', goal: 'minimize' };
const scored = (metrics: Record<string, number>): Outcome => ({ kind: 'scored', metrics });
const withoutScore: readonly Outcome[] = [
  { kind: 'infeasible', reason: 'too large' },
  { kind: 'failed', class: 'Diverged', message: 'NaN' },
  { kind: 'cancelled' },
  { kind: 'stopped', step: 3 },
  scored({ other: 1 }),
  scored({ accuracy: NaN }),
];

describe('scoreOf', () => {
  test('is oriented so that higher is better', () => {
    expect(scoreOf([accuracy], scored({ accuracy: 0.5 }))).toBe(0.5);
    expect(scoreOf([latency], scored({ latency: 3 }))).toBe(-3);
    expect(scoreOf([latency], { kind: 'stopped', step: 2, metrics: { latency: 3 } })).toBe(-3);
  });

  test('never gives minus zero, which a state cannot hold', () => {
    expect(Object.is(scoreOf([latency], scored({ latency: 0 })), 0)).toBe(true);
    expect(Object.is(scoreOf([accuracy], scored({ accuracy: -0 })), 0)).toBe(true);
  });

  test.each(withoutScore)('is null for %j', (outcome) => {
    expect(scoreOf([accuracy], outcome)).toBeNull();
  });

  test('is null beyond a limit, also of an observed metric, and where a limited metric is missing', () => {
    const metrics: readonly Metric[] = [
      { ...accuracy, atLeast: 0.2 },
      { name: 'size', goal: 'observe', atMost: 10 },
    ];
    expect(scoreOf(metrics, scored({ accuracy: 0.2, size: 10 }))).toBe(0.2);
    expect(scoreOf(metrics, scored({ accuracy: 0.1, size: 10 }))).toBeNull();
    expect(scoreOf(metrics, scored({ accuracy: 0.2, size: 11 }))).toBeNull();
    expect(scoreOf(metrics, scored({ accuracy: 0.2 }))).toBeNull();
  });

  test('ignores observed metrics without a limit', () => {
    expect(scoreOf([accuracy, { name: 'size', goal: 'observe' }], scored({ accuracy: 1 }))).toBe(1);
  });

  test('needs exactly one optimised metric', () => {
    expect(() => scoreOf([accuracy, latency], scored({ accuracy: 1, latency: 1 }))).toThrow(AlgorithmError);
    expect(() => optimisedMetric([])).toThrow(/the search has 0/);
    expect(() => optimisedMetric([accuracy, latency])).toThrow(/the search has 2/);
    expect(optimisedMetric([{ name: 'size', goal: 'observe' }, latency])).toEqual(latency);
  });
});

describe('several metrics', () => {
  const both = [accuracy, latency];
  const good = scored({ accuracy: 0.9, latency: 5 });
  const fast = scored({ accuracy: 0.5, latency: 1 });
  const poor = scored({ accuracy: 0.5, latency: 5 });

  test('scores keep the declared order', () => {
    expect(scoresOf(both, good)).toEqual([0.9, -5]);
  });

  test('dominance needs one better and none worse', () => {
    expect(dominates(both, good, poor)).toBe(true);
    expect(dominates(both, fast, poor)).toBe(true);
    expect(dominates(both, good, fast)).toBe(false);
    expect(dominates(both, fast, good)).toBe(false);
    expect(dominates(both, good, good)).toBe(false);
  });

  test('an outcome with scores dominates one without', () => {
    expect(dominates(both, poor, { kind: 'cancelled' })).toBe(true);
    expect(dominates(both, { kind: 'cancelled' }, poor)).toBe(false);
    expect(dominates(both, { kind: 'cancelled' }, { kind: 'cancelled' })).toBe(false);
  });

  test('the best outcome sorts first, outcomes without scores last', () => {
    const outcomes: readonly Outcome[] = [{ kind: 'cancelled' }, poor, fast, good];
    expect(outcomes.toSorted((a, b) => compareOutcomes(both, a, b))).toEqual([
      good,
      fast,
      poor,
      { kind: 'cancelled' },
    ]);
    expect(compareOutcomes(both, good, good)).toBe(0);
    expect(compareOutcomes(both, { kind: 'cancelled' }, { kind: 'stopped', step: 1 })).toBe(0);
  });
});

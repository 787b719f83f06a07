import { describe, expect, test } from 'vitest';
import type { Metric, Outcome } from '../../algorithms/index.js';
import { completeOutcome, failed, failureClass, outcomeOf, readMetrics } from '../../searches/index.js';
import { levelDefinition } from '../support/simulated-search.js';

const metrics: readonly Metric[] = [
  { name: 'score', goal: 'maximize' },
  { name: 'size', goal: 'observe' },
];

describe('what an evaluator returns', () => {
  test.each<[unknown, Outcome]>([
    [
      { score: 1, size: 2 },
      { kind: 'scored', metrics: { score: 1, size: 2 } },
    ],
    [
      { score: 1, other: 'x' },
      { kind: 'scored', metrics: { score: 1 } },
    ],
    [
      { metrics: { score: 1 }, cost: 3 },
      { kind: 'scored', metrics: { score: 1 }, cost: 3 },
    ],
    [{ metrics: { score: 1 } }, { kind: 'scored', metrics: { score: 1 } }],
    [{ infeasible: 'too large' }, { kind: 'infeasible', reason: 'too large' }],
    [
      { infeasible: 'too large', metrics: { loss: -0, size: 5, other: 1 } },
      { kind: 'infeasible', reason: 'too large', metrics: { size: 5 } },
    ],
    [
      { infeasible: 'too large', metrics: { loss: Number.NaN, size: '5' } },
      { kind: 'infeasible', reason: 'too large' },
    ],
  ])('%j', (returned, outcome) => {
    expect(outcomeOf(metrics, returned)).toEqual(outcome);
  });

  test.each<[unknown, 'Bug' | 'Diverged', string]>([
    [undefined, 'Bug', 'nothing'],
    [null, 'Bug', 'null'],
    [3, 'Bug', '3'],
    ['x', 'Bug', '"x"'],
    [[1], 'Bug', '[1]'],
    [() => 1, 'Bug', 'function'],
    [{}, 'Bug', 'the metric "score" is missing: the result has none.'],
    [{ size: 1, loss: 2 }, 'Bug', 'the metric "score" is missing: the result has size, loss.'],
    [{ score: '1' }, 'Bug', 'not a number'],
    [{ score: 1, size: 'big' }, 'Bug', '"size"'],
    [{ score: Number.NaN }, 'Diverged', 'the metric "score" is NaN.'],
    [{ score: Infinity }, 'Diverged', 'Infinity'],
    [{ score: 1, size: Number.NaN }, 'Diverged', '"size"'],
    [{ metrics: { score: 1 }, cost: -1 }, 'Bug', 'cost -1'],
    [{ metrics: { score: 1 }, cost: Number.NaN }, 'Bug', 'cost NaN'],
    [Object.create({ score: 1 }), 'Bug', 'missing'],
  ])('%j is %s', (returned, kind, message) => {
    const outcome = outcomeOf(metrics, returned);
    expect(outcome).toMatchObject({ kind: 'failed', class: kind });
    expect(outcome.kind === 'failed' ? outcome.message : '').toContain(message);
  });

  test('−0 is 0, as in the journal', () => {
    const read = readMetrics(metrics, { score: -0 });
    expect(read.kind === 'metrics' && Object.is(read.metrics['score'], 0)).toBe(true);
  });
});

describe('a complete outcome', () => {
  const level = levelDefinition('one', {
    metrics,
    level: { objective: { expression: ['-', ['path', 'score'], ['path', 'size']], goal: 'maximize' } },
  });

  test('has the objective, stopped ones too', () => {
    expect(completeOutcome(level, { kind: 'scored', metrics: { score: 5, size: 2 }, cost: 1 })).toEqual({
      kind: 'scored',
      metrics: { score: 5, size: 2, objective: 3 },
      cost: 1,
    });
    expect(completeOutcome(level, { kind: 'stopped', step: 4, metrics: { score: 5, size: 2 } })).toEqual({
      kind: 'stopped',
      step: 4,
      metrics: { score: 5, size: 2, objective: 3 },
    });
    expect(completeOutcome(level, { kind: 'stopped', step: 4, metrics: { score: 5 } })).toEqual({
      kind: 'stopped',
      step: 4,
    });
  });

  test('names a metric that the objective needs and that is missing', () => {
    const outcome = completeOutcome(level, { kind: 'scored', metrics: { score: 5 } });
    expect(outcome).toMatchObject({ kind: 'failed', class: 'Bug' });
    expect(outcome.kind === 'failed' ? outcome.message : '').toContain('size');
  });

  test('is Diverged where the objective is no finite number', () => {
    const infinite = {
      ...level,
      objective: { expression: ['/', 1, ['path', 'size']], goal: 'minimize' },
    } as const;
    const outcome = completeOutcome(infinite, { kind: 'scored', metrics: { score: 5, size: 0 } });
    expect(outcome).toMatchObject({ kind: 'failed', class: 'Diverged' });
    const truth = {
      ...level,
      objective: { expression: ['<', ['path', 'size'], 1], goal: 'minimize' },
    } as const;
    expect(completeOutcome(truth, { kind: 'scored', metrics: { score: 5, size: 0 } })).toMatchObject({
      kind: 'failed',
      class: 'Diverged',
      message: 'the objective is true.',
    });
  });

  test('has short texts', () => {
    const long = 'x'.repeat(5_000);
    for (const outcome of [
      completeOutcome(level, { kind: 'infeasible', reason: long }),
      completeOutcome(level, { kind: 'failed', class: 'Bug', message: long }),
      failed('Bug', long),
    ]) {
      expect(JSON.stringify(outcome).length).toBeLessThan(1_200);
    }
  });
});

test('failure classes by name', () => {
  expect(failureClass('OutOfMemory')).toBe('OutOfMemory');
  expect(failureClass('TypeError')).toBe(null);
});

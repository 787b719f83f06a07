import { describe, expect, test } from 'vitest';
import { learningRateAt } from '../../training/schedules.js';
import type { Schedule } from '../../training/schedules.js';

const rates = (schedule: Schedule, steps: number): number[] =>
  Array.from({ length: steps }, (_none, i) => Number(learningRateAt(schedule, 0.1, i + 1, steps).toFixed(5)));

describe('learning rates', () => {
  test('constant after a warm-up in a line', () => {
    expect(rates({ kind: 'constant', warmUpSteps: 4 }, 6)).toEqual([0.025, 0.05, 0.075, 0.1, 0.1, 0.1]);
  });

  test('cosine from the full rate to its end', () => {
    expect(rates({ kind: 'cosine' }, 4)).toEqual([0.1, 0.08536, 0.05, 0.01464]);
    expect(rates({ kind: 'cosine', final: 0.5 }, 2)).toEqual([0.1, 0.075]);
  });

  test('cosine begins when the warm-up ends', () => {
    expect(rates({ kind: 'cosine', warmUpSteps: 2 }, 4)).toEqual([0.05, 0.1, 0.1, 0.05]);
  });

  test('steps down at shares of the training', () => {
    const schedule: Schedule = { kind: 'step', at: [0.5, 0.75], factor: 0.1 };
    expect(rates(schedule, 8)).toEqual([0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001]);
  });
});

import { expect, test } from 'vitest';
import { differOnlyInBudgets, refuseDifferent } from '../../client/differing-definition.js';

test('other weights of another search are told from another search file', () => {
  const weights = 'evaluator.weights: "ab", now "cd"';
  const setting = 'evaluator.setting: "12", now "34"';
  const said =
    'Search "children" was started under other weights than the search that it names has now: --keep';
  expect(() => refuseDifferent('children', [weights])).toThrow(said);
  expect(() => refuseDifferent('children', [weights, setting])).toThrow(said);
  expect(() => refuseDifferent('children', [weights, 'levels[0].window: 4, now 8'])).toThrow(
    'is there with another definition',
  );
  expect(() => refuseDifferent('children', ['evaluator.bundle: "1", now "2"'])).toThrow(
    'another version of the search file',
  );
});

test.each([
  ['another amount', 'budget: { trials: 200, concurrency: 4 }', 'budget: { trials: 400 }', 1, true],
  [
    'with a target',
    'budget: { trials: 2 }',
    'budget: { trials: 2, target: { metric: "a", value: 1 } }',
    1,
    true,
  ],
  ['another function', 'budget: { trials: 2 }, evaluate: a', 'budget: { trials: 3 }, evaluate: b', 1, false],
  [
    'a budget in the code, too',
    'budget: { trials: 2 }; budget: { x: 1 }',
    'budget: { trials: 2 }; budget: { x: 2 }',
    1,
    false,
  ],
  [
    'two levels',
    'budget: { trials: 2 }; budget: { trials: 1 }',
    'budget: { trials: 3 }; budget: { trials: 1 }',
    2,
    true,
  ],
  ['a budget by name', 'budget = 1', 'budget = 2', 1, false],
])('bundles that differ in budgets alone: %s', (_what, before, now, levels, expected) => {
  expect(differOnlyInBudgets(`defineSearch({ ${before} })`, `defineSearch({ ${now} })`, levels)).toBe(
    expected,
  );
});

import { expect, test } from 'vitest';
import { refuseDifferent } from '../../client/differing-definition.js';

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

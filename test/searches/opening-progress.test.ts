import { expect, test } from 'vitest';
import { openingProgress, SearchLoop } from '../../searches/index.js';
import { levelDefinition, planOf } from '../support/simulated-search.js';

test.each([
  ['metrics', planOf()],
  [
    'an objective',
    planOf({
      level: { objective: { expression: ['path', 'score'], goal: 'minimize' }, budget: { trials: 7 } },
    }),
  ],
])('the progress of a search that opens is that of one without trials: %s', (_name, plan) => {
  const opened = SearchLoop.open(plan).report.progress('running', 0);
  expect(openingProgress(plan.search, plan.level, 'running', null)).toEqual(opened);
});

test('nothing is said of a level whose definition has not been read', () => {
  const { name } = levelDefinition('simulated');
  const progress = openingProgress(name, undefined, 'paused', 'opening');
  expect(progress).toMatchObject({ level: '', trialsBudget: null, concurrency: 0, bestMetric: '' });
});

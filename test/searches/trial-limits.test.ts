import { expect, test } from 'vitest';
import { ma2ml } from '../../algorithms/index.js';
import { bool, oneOf, space } from '../../search-spaces/index.js';
import { planSearch, type SearchPlan } from '../../searches/index.js';
import { trialContentKey, trialSeed } from '../../searches/loop/search-plan.js';
import { trialLimits } from '../../searches/search-files/trial-limits.js';
import { levelDefinition, searchDefinition } from '../support/simulated-search.js';

const joint = space({
  flip: bool({ tags: ['AUG'] }),
  width: oneOf([1, 2], { tags: ['NAS'] }),
  rate: oneOf([1, 2], { tags: ['HPO'] }),
});

function planOf(target: number | null): SearchPlan {
  const costs = target === null ? [] : [{ metric: 'size', target, mode: 'hard' } as const];
  const level = levelDefinition('joint', {
    space: joint,
    level: {
      metrics: [
        { name: 'accuracy', goal: 'maximize', atLeast: 0.1 },
        { name: 'size', goal: 'observe', atMost: 50 },
      ],
      algorithm: ma2ml({ costs: [...costs, { metric: 'size', target: 1, mode: 'tunas' }] }),
    },
  });
  return planSearch('joint', searchDefinition([level], { pure: true }), 0, {});
}

test('a trial is told the limits of its search, and what its algorithm wants where that is less', () => {
  const limitsOf = ({ level, algorithm }: SearchPlan): object => trialLimits(level.metrics, algorithm.limits);
  expect(limitsOf(planOf(null))).toEqual({ accuracy: { atLeast: 0.1 }, size: { atMost: 50 } });
  expect(limitsOf(planOf(20))).toEqual({ accuracy: { atLeast: 0.1 }, size: { atMost: 20 } });
  expect(limitsOf(planOf(70))).toEqual({ accuracy: { atLeast: 0.1 }, size: { atMost: 50 } });
  expect(trialLimits([{ name: 'accuracy', goal: 'maximize' }], {})).toEqual({});
});

test('results are shared between searches whose algorithms want the same, and seeds do not change', () => {
  const trial = { index: 0, genome: [0, 1, 1] };
  const [none, small, large] = [planOf(null), planOf(20), planOf(30)];
  expect(new Set([none, small, large].map((plan) => trialContentKey(plan, trial))).size).toBe(3);
  expect(trialContentKey(planOf(20), trial)).toBe(trialContentKey(small, trial));
  expect(new Set([none, small, large].map((plan) => trialSeed(plan, trial))).size).toBe(1);
});

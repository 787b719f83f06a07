import { describe, expect, test } from 'vitest';
import type { ChoiceSource } from '../../../foundation/numbers/index.js';
import type { CrossoverOperator, Genome } from '../../../search-spaces/index.js';
import {
  crossover,
  independentPoints,
  orderCrossed,
  parseSpace,
  partiallyMapped,
  validate,
} from '../../../search-spaces/index.js';
import { sharedDirectory } from '../../support/shared.js';
import { allOutcomes } from '../choice-oracle.js';
import type { CrossoverCase, SpaceSections } from './case-file.js';
import { adapted, readSection } from './case-file.js';

const cases = readSection<SpaceSections, 'crossover_cases'>('crossover_cases', 18);

const nothingDrawn: ChoiceSource = {
  below: () => {
    throw new Error('Nothing is to be drawn here.');
  },
  unit: () => {
    throw new Error('Nothing is to be drawn here.');
  },
};

function operatorOf({ operator, k, cuts }: CrossoverCase): CrossoverOperator {
  switch (operator) {
    case 'kpoint':
      return { operator: 'kPoint', k: k ?? 1 };
    case 'segmented':
      return { operator, cuts: cuts ?? [] };
    case 'uniform':
    case 'average':
    case 'cycle':
    case 'pmx':
      return { operator };
    case 'ox':
      return { operator: 'order' };
    default:
      return operator satisfies never;
  }
}

/** Sets of children as texts, so that their order does not count. */
function asSets(sets: readonly (readonly Genome[])[]): readonly string[] {
  return [
    ...new Set(
      sets.map((set) =>
        set
          .map((child) => JSON.stringify(child))
          .sort()
          .join(' '),
      ),
    ),
  ].sort();
}

describe.skipIf(sharedDirectory() === undefined)('shared: crossover_cases', () => {
  for (const one of cases) {
    test(one.id, () => {
      const [a = [], b = []] = one.parents;
      if (one.space === undefined) {
        const crossed = one.operator === 'pmx' ? partiallyMapped : orderCrossed;
        expect(crossed([a, b], one.start ?? 0, one.end ?? 0)).toEqual(one.children_in_order);
        return;
      }
      const space = parseSpace(adapted(one.space));
      const operator = operatorOf(one);
      if (one.independent_points !== undefined)
        expect(independentPoints(space)).toEqual(one.independent_points);
      if (one.children_in_order !== undefined) {
        expect(crossover(space, one.parents, nothingDrawn, operator)).toEqual(one.children_in_order);
        return;
      }
      const outcomes = allOutcomes((source) => crossover(space, one.parents, source, operator));
      for (const { value } of outcomes) {
        for (const child of value) expect(validate(space, child).ok).toBe(true);
      }
      const found = asSets(outcomes.map(({ value }) => value));
      expect(found).toEqual(asSets(one.possible_child_sets ?? []));
    });
  }
});

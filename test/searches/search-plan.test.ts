import { describe, expect, test } from 'vitest';
import type { Trial } from '../../algorithms/index.js';
import { float, int, oneOf, space } from '../../search-spaces/index.js';
import {
  DefinitionError,
  innerSearchId,
  planSearch,
  trialSeed,
  type LevelDefinition,
  type SearchDefinition,
  type SearchPlan,
} from '../../searches/index.js';
import { trialContentKey } from '../../searches/loop/search-plan.js';
import { levelDefinition, searchDefinition, wideSpace } from '../support/simulated-search.js';

const chip = levelDefinition('chip', { space: space({ lanes: oneOf([1, 2, 4]), cache: int(1, 8) }) });
const net = (changes: Partial<LevelDefinition> = {}): LevelDefinition =>
  levelDefinition('net', { space: space({ depth: int(1, 4) }), level: changes });
const tune = (changes: Partial<LevelDefinition> = {}): LevelDefinition =>
  levelDefinition('tune', { space: wideSpace, level: changes });

function nested(changes: {
  readonly net?: Partial<LevelDefinition>;
  readonly tune?: Partial<LevelDefinition>;
  readonly seed?: number;
  readonly pure?: boolean;
}): SearchDefinition {
  return searchDefinition([chip, net(changes.net), tune(changes.tune)], { pure: true, ...changes });
}

const context = (lanes: number, cache: number, depth?: number): Record<string, Record<string, number>> => ({
  chip: { lanes, cache },
  ...(depth === undefined ? {} : { net: { depth } }),
});

const planAt = (
  definition: SearchDefinition,
  level: number,
  outer: Record<string, Record<string, number>>,
  id = 'nested/0/net',
): SearchPlan => planSearch(id, definition, level, outer);

const proposal = (plan: SearchPlan, index: number): unknown =>
  plan.algorithm.propose(plan.algorithm.init(), index).action;

describe('inner searches', () => {
  test('are known by content, not by the outer index or the id', () => {
    const one = planAt(nested({}), 1, context(1, 1), 'nested/0/net');
    const two = planAt(nested({}), 1, context(1, 1), 'nested/9/net');
    expect(two.contentKey).toBe(one.contentKey);
    expect(proposal(two, 5)).toEqual(proposal(one, 5));
    expect(trialSeed(two, { index: 3, genome: [2] })).toBe(trialSeed(one, { index: 8, genome: [2] }));
  });

  test('are shared across outer parameters that neither they nor levels inside them read', () => {
    const same = nested({});
    expect(planAt(same, 1, context(4, 8)).contentKey).toBe(planAt(same, 1, context(1, 1)).contentKey);
    expect(planAt(same, 1, context(4, 8)).context).toEqual({});
    for (const reading of [
      nested({ net: { dependsOn: ['chip'] } }),
      nested({ tune: { dependsOn: ['chip'] } }),
    ]) {
      const one = planAt(reading, 1, context(1, 1));
      expect(one.context).toEqual(context(1, 1));
      expect(planAt(reading, 1, context(4, 8)).contentKey).not.toBe(one.contentKey);
      const first = (plan: SearchPlan) => Array.from({ length: 8 }, (_, index) => proposal(plan, index));
      expect(first(planAt(reading, 1, context(4, 8)))).not.toEqual(first(one));
    }
    const innermost = nested({ tune: { dependsOn: ['net'] } });
    expect(planAt(innermost, 2, context(1, 1, 3)).context).toEqual({ net: { depth: 3 } });
    expect(planAt(innermost, 2, context(4, 8, 3)).contentKey).toBe(
      planAt(innermost, 2, context(1, 1, 3)).contentKey,
    );
    expect(planAt(innermost, 2, context(1, 1, 2)).contentKey).not.toBe(
      planAt(innermost, 2, context(1, 1, 3)).contentKey,
    );
  });

  test('the key of an outer trial is that of its inner search', () => {
    const definition = nested({ net: { dependsOn: ['chip'] } });
    const outer = planSearch('nested', definition, 0, {});
    const trial: Trial = { index: 4, genome: [1, 3] };
    expect(trialContentKey(outer, trial)).toBe(planAt(definition, 1, context(2, 3)).contentKey);
    expect(innerSearchId('nested', 4, 'net')).toBe('nested/4/net');
  });

  test('all that can change a decision changes the key, and nothing else does', () => {
    const base = planAt(nested({}), 1, {}).contentKey;
    const key = (definition: SearchDefinition): string | null => planAt(definition, 1, {}).contentKey;
    expect(key({ ...nested({}), name: 'other', tags: ['x'] })).toBe(base);
    expect(key(nested({ net: { concurrency: 9 }, tune: { concurrency: 2 } }))).toBe(base);
    for (const changed of [
      nested({ seed: 8 }),
      nested({ net: { window: 8 } }),
      nested({ net: { budget: { trials: 31 } } }),
      nested({ net: { initial: [[2]] } }),
      nested({ net: { order: 'as-completed' } }),
      nested({ tune: { budget: { trials: 31 } } }),
      nested({ tune: { retries: 3 } }),
      nested({ tune: { algorithm: { name: 'regularizedEvolution', version: 1, config: {} } } }),
      { ...nested({}), evaluator: { kind: 'activity', name: 'other', arguments: {}, pure: true } as const },
    ]) {
      expect(key(changed)).not.toBe(base);
    }
    const arriving = { net: { order: 'as-completed' } } as const;
    expect(key(nested({ net: { ...arriving.net, concurrency: 9 } }))).not.toBe(key(nested(arriving)));
  });

  test('the order of keys in a space is the order of its decisions', () => {
    const one = tune({ space: space({ a: float(0, 1), b: float(0, 1) }) });
    const two = tune({ space: space({ b: float(0, 1), a: float(0, 1) }) });
    const keyOf = (level: LevelDefinition): string | null =>
      planAt(searchDefinition([chip, level], { pure: true }), 1, {}).contentKey;
    expect(keyOf(two)).not.toBe(keyOf(one));
  });

  test('there is no key for what is not pure', () => {
    const plan = planAt(nested({ pure: false }), 1, {});
    expect(plan.contentKey).toBe(null);
    expect(trialContentKey(plan, { index: 0, genome: [1] })).toBe(null);
    expect(trialSeed(plan, { index: 0, genome: [1] })).not.toBe(trialSeed(plan, { index: 1, genome: [1] }));
  });
});

describe('trials', () => {
  const plan = planSearch('flat', searchDefinition([tune()], { pure: true }), 0, {});

  test('of equal content share a key and a seed; another end is another key with the same seed', () => {
    const genome = [0.5, 3, 1];
    const key = trialContentKey(plan, { index: 0, genome });
    expect(trialContentKey(plan, { index: 7, genome })).toBe(key);
    const until = trialContentKey(plan, { index: 7, genome, until: 3 });
    const gate = { metric: 'score', goal: 'maximize', rungs: [{ step: 1, threshold: 0 }] } as const;
    const gated = trialContentKey(plan, { index: 7, genome, gate });
    expect(new Set([key, until, gated, trialContentKey(plan, { index: 0, genome: [0.5, 4, 1] })]).size).toBe(
      4,
    );
    expect(trialSeed(plan, { index: 7, genome, until: 3 })).toBe(trialSeed(plan, { index: 0, genome }));
    expect(trialSeed(plan, { index: 0, genome })).toMatch(/^[0-9a-f]{16}$/);
  });
});

test('a level that is not there is refused', () => {
  expect(() => planSearch('flat', searchDefinition([tune()]), 3, {})).toThrow(DefinitionError);
});

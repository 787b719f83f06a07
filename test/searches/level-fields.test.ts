import { expect, test } from 'vitest';
import { random, sweep } from '../../algorithms/index.js';
import {
  differences,
  identityOf,
  type Evaluator,
  type LevelDefinition,
  type SearchDefinition,
} from '../../searches/index.js';
import { levelFields } from '../../searches/definition/level-fields.js';
import { contentKeyOf } from '../../searches/loop/search-plan.js';
import { levelDefinition, searchDefinition, smallSpace, wideSpace } from '../support/simulated-search.js';

type FieldName = keyof LevelDefinition;

const reversed = Object.fromEntries(Object.entries(smallSpace).reverse());
const outer: LevelDefinition = { ...levelDefinition('outer', { space: smallSpace }), dependsOn: [] };
const inner: LevelDefinition = { ...levelDefinition('inner', { space: smallSpace }), dependsOn: ['outer'] };
const evaluator = (name: string): Evaluator => ({
  kind: 'activity',
  name,
  arguments: {},
  pure: true,
});

/** For each field another value than that of the levels above; `restOf` is left to a test of its own. */
const others: { readonly [Name in Exclude<FieldName, 'restOf'>]-?: LevelDefinition[Name] } = {
  name: 'other',
  space: wideSpace,
  metrics: [{ name: 'score', goal: 'maximize', atLeast: 1 }],
  objective: { expression: ['+', 'score', 1], goal: 'maximize' },
  algorithm: sweep(),
  order: 'as-completed',
  window: 17,
  budget: { trials: 31 },
  concurrency: 5,
  retries: 2,
  failurePolicy: { ...outer.failurePolicy, Bug: 'infeasible' },
  timeout: { trial: 1 },
  initial: [[1, 1, 1]],
  dependsOn: [],
  ofLevels: ['outer', 'inner'],
  measure: evaluator('measure'),
  resources: { cpu: 2, gpu: 0 },
};

function withLevel(level: LevelDefinition): SearchDefinition {
  const levels = level.name === 'outer' || level === outer ? [level, inner] : [outer, level];
  return { ...searchDefinition([outer, inner]), levels };
}

const names = Object.keys(others) as readonly (keyof typeof others)[];

test.each(names)('%s counts where the table says so', (name) => {
  const { counts } = levelFields[name];
  const before = withLevel(inner);
  const after: SearchDefinition = { ...before, levels: [outer, { ...inner, [name]: others[name] }] };
  // Of an inner level the budget counts, too.
  expect(differences(before, after).length > 0).toBe(counts !== 'arrivals');
  expect(contentKeyOf(before, 1, {}) !== contentKeyOf(after, 1, {})).toBe(counts !== 'arrivals');
  const outermost: SearchDefinition = { ...before, levels: [{ ...outer, [name]: others[name] }, inner] };
  const changes = name !== 'dependsOn' && counts === 'everywhere';
  expect(JSON.stringify(identityOf(outermost)) !== JSON.stringify(identityOf(before))).toBe(changes);
});

test('concurrency counts in the key alone, and only where the order of arrival decides', () => {
  for (const order of ['in-order', 'as-completed'] as const) {
    const before = withLevel({ ...inner, order });
    const after = withLevel({ ...inner, order, concurrency: 5 });
    expect(contentKeyOf(before, 1, {}) !== contentKeyOf(after, 1, {})).toBe(order === 'as-completed');
    expect(differences(before, after)).toEqual([]);
  }
});

test('the order of keys in a space counts', () => {
  const before = withLevel(inner);
  const after = withLevel({ ...inner, space: reversed });
  expect(contentKeyOf(before, 1, {})).not.toBe(contentKeyOf(after, 1, {}));
  expect(differences(before, after)).toEqual(['levels[1].space: the order of its keys']);
});

test('where a table lies does not count', () => {
  const table = (path: string): Evaluator => ({
    kind: 'table',
    path,
    sha256: 'a'.repeat(64),
    description: { format: 'csv', key: [], metrics: {} } as never,
    pure: true,
  });
  const [before, after] = ['/a.csv', '/b.csv'].map((path) => withLevel({ ...inner, measure: table(path) }));
  if (before === undefined || after === undefined) throw new Error('two definitions');
  expect(differences(before, after)).toEqual([]);
  expect(contentKeyOf(before, 1, {})).toBe(contentKeyOf(after, 1, {}));
});

test('a definition has the fields in the order of the table', () => {
  const level = {
    ...levelDefinition('outer', { space: smallSpace, algorithm: random() }),
    objective: others.objective,
    ofLevels: others.ofLevels,
    measure: others.measure,
  };
  const [read] = searchDefinition([
    Object.fromEntries(Object.entries(level).reverse()) as never,
    inner,
  ]).levels;
  const present = Object.keys(levelFields).filter((name) => name !== 'restOf');
  expect(Object.keys(read ?? {})).toEqual(present);
});

test('of several faults the same one is named first, wherever its field stands', () => {
  const faulty = { ...outer, budget: { trials: 0 }, concurrency: 0, window: 0 };
  expect(() => searchDefinition([faulty])).toThrow(
    'levels[0].window: must be a whole number from 1 to 1024, not 0.',
  );
  expect(() => searchDefinition([{ ...faulty, window: 4 }])).toThrow('levels[0].concurrency: ');
  expect(() => searchDefinition([{ ...faulty, window: 4, concurrency: 4 }])).toThrow(
    'levels[0].budget.trials: ',
  );
});

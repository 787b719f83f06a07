import { describe, expect, test } from 'vitest';
import { random, successiveHalving } from '../../algorithms/index.js';
import { int, oneOf, space } from '../../search-spaces/index.js';
import {
  activity,
  checkDefinition,
  defineSearch,
  DefinitionError,
  differences,
  factorised,
  type FoundWeights,
  identityOf,
  level,
  planSearch,
  sharedWeights,
  toDefinition,
  type SearchDefinition,
} from '../../searches/index.js';
import { trialContentKey } from '../../searches/loop/search-plan.js';

const cell = space({ width: int(0, 9), operation: oneOf(['conv', 'pool']) });
const found: FoundWeights = {
  evaluator: {
    kind: 'sharedWeights',
    search: 'one-shot',
    setting: 'ab'.repeat(32),
    weights: 'cd'.repeat(32),
    trial: 3,
    step: 40,
    pure: true,
  },
  space: cell,
};
const options = {
  name: 'children',
  space: cell,
  metrics: { accuracy: 'maximize' },
  algorithm: random(),
  budget: { trials: 9 },
  evaluate: sharedWeights('one-shot'),
} as const;

/** Options as a search file without types could give them. */
function defined(
  changes: object,
  answer: FoundWeights | { readonly problem: string } = found,
): SearchDefinition {
  const search = {
    kind: 'duramen-search',
    options: { ...options, ...changes },
    functions: { measures: {} },
  } as const;
  return toDefinition(search, undefined, undefined, () => answer);
}

function withEvaluator(changes: Partial<FoundWeights['evaluator']>): SearchDefinition {
  return defined({}, { ...found, evaluator: { ...found.evaluator, ...changes } });
}

/** Content key of the trial of a genome in a search at its innermost level. */
function keyOf(definition: SearchDefinition, context: object = {}): string | null {
  const depth = definition.levels.length - 1;
  const plan = planSearch('children', definition, depth, { ...context });
  return trialContentKey(plan, { index: 5, genome: [4, 1] });
}

describe('shared weights as the evaluator', () => {
  test('are what the client found, and survive the check of a definition', () => {
    const asked: string[] = [];
    const definition = toDefinition(defineSearch(options), undefined, undefined, (search) => {
      asked.push(search);
      return found;
    });
    expect(asked).toEqual(['one-shot']);
    expect(definition.evaluator).toEqual(found.evaluator);
    expect(checkDefinition(JSON.parse(JSON.stringify(definition)))).toEqual(definition);
  });

  test('are another search with other weights, and the same wherever these came from', () => {
    const other = 'ef'.repeat(32);
    expect(identityOf(withEvaluator({ search: 'copy', trial: 9, step: 1 }))).toEqual(identityOf(defined({})));
    for (const name of ['weights', 'setting'] as const) {
      expect(differences(defined({}), withEvaluator({ [name]: other }))).toEqual([
        expect.stringMatching(`^evaluator.${name}: `),
      ]);
    }
  });

  test('make equal points one evaluation, whatever search asks for it', () => {
    const outer = level({
      name: 'accelerator',
      space: space({ area: int(1, 4) }),
      metrics: { accuracy: 'maximize' },
      algorithm: random(),
      budget: { trials: 2 },
    });
    const { evaluate, ...inner } = options;
    const levels = [outer, level({ ...inner, dependsOn: ['accelerator'] })] as const;
    const nested = toDefinition(
      defineSearch({ name: 'nested', levels, evaluate, seed: 5 }),
      undefined,
      undefined,
      () => found,
    );
    const key = keyOf(defined({}));
    expect(key).not.toBeNull();
    expect(keyOf(defined({ name: 'other', seed: 8 }))).toBe(key);
    expect(keyOf(nested, { accelerator: { area: 1 } })).toBe(key);
    expect(keyOf(nested, { accelerator: { area: 2 } })).toBe(key);
    expect(keyOf(withEvaluator({ weights: 'ef'.repeat(32) }))).not.toBe(key);
    expect(keyOf(withEvaluator({ setting: 'ef'.repeat(32) }))).not.toBe(key);
    expect(keyOf(defined({ metrics: { accuracy: 'maximize', loss: 'observe' } }))).not.toBe(key);
  });
});

describe('refused in one sentence', () => {
  const steps = successiveHalving({ minimumSteps: 1, maximumSteps: 9 });
  const whole = space({ width: int(0, 9, { tags: ['outer'] }), operation: oneOf(['conv', 'pool']) });
  const { metrics, algorithm, budget } = options;
  const part = { metrics, algorithm, budget };
  const rest = factorised(whole, { tag: 'outer' }, { outer: part, inner: part });

  test.each<[string, object, string]>([
    [
      'another space',
      { space: space({ operation: oneOf(['conv', 'pool']), width: int(0, 9) }) },
      'evaluate: the weights of "one-shot" are of another space than that of the level "children"',
    ],
    [
      'weights of its own',
      { weightSharing: { paths: 'fair', epochs: 3 } },
      'evaluate: the level "children" trains shared weights of its own',
    ],
    [
      'an algorithm that ends its trials',
      { algorithm: steps, order: 'in-order' },
      'evaluate: successiveHalving decides itself where its trials begin or end',
    ],
    ['an evaluation inside the worker', { light: true }, 'light: only a function can be light'],
    ['no search', { evaluate: { kind: 'sharedWeights', pure: true } }, 'evaluate.search'],
    [
      'a retraining by them',
      { retraining: { evaluate: sharedWeights('one-shot') } },
      'retraining.evaluate: sharedWeights(…) evaluates the trials of a search',
    ],
  ])('%s', (_name, changes, message) => {
    expect(() => defined(changes)).toThrow(DefinitionError);
    expect(() => defined(changes)).toThrow(message);
  });

  test('a level whose space is what an outer one leaves', () => {
    expect(() => {
      toDefinition(
        defineSearch({ name: 'rest', levels: rest, evaluate: sharedWeights('one-shot') }),
        undefined,
        undefined,
        () => found,
      );
    }).toThrow('differs from trial to trial, and the weights of "one-shot" are of one space');
  });

  test('what the client says of the search', () => {
    expect(() => defined({}, { problem: 'there is no search "one-shot" in /home.' })).toThrow(
      'evaluate: there is no search "one-shot" in /home.',
    );
  });

  test('where no client looks for them', () => {
    expect(() => toDefinition(defineSearch(options))).toThrow(
      'evaluate: the weights of another search cannot be found here: put the search into a search file.',
    );
  });

  test('a measure by them', () => {
    const outer = level({
      name: 'outer',
      space: space({ area: int(1, 4) }),
      metrics: { accuracy: 'maximize' },
      algorithm: random(),
      budget: { trials: 2 },
      // @ts-expect-error: a measure trains and shares nothing.
      measure: sharedWeights('one-shot'),
    });
    const { evaluate: _evaluate, ...inner } = options;
    const search = defineSearch({ name: 'm', levels: [outer, level(inner)], evaluate: activity('train') });
    expect(() => toDefinition(search)).toThrow('it can neither measure a level nor retrain a candidate');
  });
});

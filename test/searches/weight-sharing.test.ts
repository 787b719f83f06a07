import { describe, expect, test } from 'vitest';
import {
  algorithmNames,
  dedupe,
  learnedPaths,
  random,
  regularizedEvolution,
  sharedWeights,
  successiveHalving,
  type PolicyPaths,
  type SampledPaths,
} from '../../algorithms/index.js';
import { learnedText } from '../../cli/learned-text.js';
import { bool, int, oneOf, space, tagged, view } from '../../search-spaces/index.js';
import {
  activity,
  defineSearch,
  DefinitionError,
  differences,
  factorised,
  planSearch,
  toDefinition,
  type SearchDefinition,
} from '../../searches/index.js';
import { simulate } from '../../testing/index.js';
import { choices, SimulatedSearch } from '../support/simulated-search.js';
import { addToyPolicy, toyPolicy } from '../support/slices/toy-policy.js';

addToyPolicy();

const cell = space({ width: int(0, 9), operation: oneOf(['conv', 'pool', 'skip']), deep: bool() });
const evolving = regularizedEvolution({ populationSize: 8, tournamentSize: 3 });
const after: SampledPaths = { paths: 'fair', epochs: 5 };
const during: SampledPaths = { paths: 'uniform', epochs: 5, search: 'during', evaluations: 3 };
const learned: PolicyPaths = { paths: 'policy', epochs: 5, scores: { perEpoch: 3 }, evaluations: 4 };
const options = {
  name: 'one-shot',
  space: cell,
  metrics: { accuracy: 'maximize' },
  algorithm: evolving,
  budget: { trials: 40 },
  evaluate: activity('train'),
} as const;

/** Options as a search file without types could give them. */
function defined(changes: object): SearchDefinition {
  return toDefinition({
    kind: 'duramen-search',
    options: { ...options, ...changes },
    functions: { measures: {} },
  });
}

describe('the option', () => {
  test('is the wrapping algorithm', () => {
    const written = toDefinition(defineSearch({ ...options, weightSharing: after }));
    expect(written).toEqual(defined({ algorithm: sharedWeights(evolving, after) }));
    expect(written.levels[0]?.algorithm).toEqual({
      name: 'sharedWeights',
      version: 1,
      config: { algorithm: evolving, paths: 'fair', epochs: 5 },
    });
    expect(algorithmNames).toContain('sharedWeights');
  });

  test('left out, or undefined, is the search that trains every child from scratch', () => {
    const scratch = toDefinition(defineSearch(options));
    expect(defined({ weightSharing: undefined })).toEqual(scratch);
    expect(scratch.levels[0]?.algorithm).toEqual(evolving);
    expect(planSearch('one-shot', scratch, 0, {}).algorithm.slices).toBe(false);
  });

  test('makes another search, and so does each of its settings', () => {
    const scratch = defined({});
    const shared = defined({ weightSharing: after });
    expect(differences(scratch, shared)).toContain(
      'levels[0].algorithm.name: "regularizedEvolution", now "sharedWeights"',
    );
    for (const change of [{ epochs: 6 }, { paths: 'uniform' }, { control: { count: 9 } }])
      expect(differences(shared, defined({ weightSharing: { ...after, ...change } }))).toHaveLength(1);
  });

  test.each(['in-order', 'as-completed'] as const)(
    'works %s, with the natural order of its algorithm',
    (order) => {
      expect(defined({ weightSharing: during }).levels[0]?.order).toBe('in-order');
      const definition = defined({ weightSharing: during, order });
      expect(planSearch('one-shot', definition, 0, {}).algorithm).toMatchObject({ slices: true, order });
    },
  );

  test('belongs to a level: the decisions that it leaves out stay those of an outer one', () => {
    const whole = space({
      operation: oneOf(['conv', 'pool'], { tags: ['shared'] }),
      width: int(1, 4),
      deep: bool({ tags: ['shared'] }),
    });
    const level = { metrics: options.metrics, algorithm: random(), budget: { trials: 9 } } as const;
    const levels = factorised(
      whole,
      { not: { tag: 'shared' } },
      { outer: level, inner: { ...level, weightSharing: after } },
    );
    const definition = toDefinition(defineSearch({ name: 'nested', levels, evaluate: options.evaluate }));
    expect(definition.levels.map(({ algorithm }) => algorithm.name)).toEqual(['random', 'sharedWeights']);
    expect(view(definition.levels[1]?.space ?? null).nodes.map(({ id }) => id)).toEqual([
      'operation',
      'deep',
    ]);
  });
});

describe('paths of a policy', () => {
  const learning = { weightSharing: learned, algorithm: toyPolicy(), budget: { cost: 5 } };

  test('are another wrapping algorithm, whose settings are kept as they were given', () => {
    const written = toDefinition(defineSearch({ ...options, ...learning }));
    expect(written.levels[0]?.algorithm).toEqual(learnedPaths(toyPolicy(), learned));
    expect(written.levels[0]?.algorithm).toEqual({
      name: 'learnedPaths',
      version: 1,
      config: { algorithm: toyPolicy(), ...learned },
    });
    expect(planSearch('one-shot', written, 0, {}).algorithm).toMatchObject({
      slices: true,
      objectives: 'single',
    });
  });

  test.each<[string, object, string]>([
    [
      'an algorithm without a policy',
      { algorithm: evolving },
      'algorithm: regularizedEvolution learns no policy that could draw paths: take an algorithm with one',
    ],
    [
      'no scores',
      { weightSharing: { ...learned, scores: { perEpoch: 0 } } },
      "'perEpoch' of the scores of weightSharing",
    ],
    [
      'a time to begin',
      { weightSharing: { ...learned, search: 'during' } },
      'it learns in every epoch: leave it out',
    ],
    [
      'a budget without evaluations',
      { budget: { cost: 4 } },
      'budget.cost: only from the last of the 5 epochs on are there evaluations, without which the search has no ' +
        'result: take 5, or fewer epochs.',
    ],
    [
      'trials that end in the middle of an epoch',
      { budget: { trials: 26 } },
      'budget.trials: the search would end inside an epoch: give cost: 5, which is whole epochs with the evaluations ' +
        'of the last one, or take 30.',
    ],
    ['scored trials that do', { budget: { scored: 31 } }, 'or take 40.'],
    [
      'an objective',
      { objective: { maximize: ['path', 'accuracy'] } },
      'objective: is computed from several metrics, and with paths: ',
    ],
    [
      'points of one’s own',
      { initial: [{ width: 1, operation: 'conv', deep: true }] },
      'initial: learnedPaths shares',
    ],
    [
      'a fractional batch',
      { weightSharing: { ...learned, scores: { architectures: 0.5 } } },
      "'architectures' of the scores",
    ],
  ])('refuse %s', (_what, changes, sentence) => {
    const define = (): unknown => defined({ ...learning, ...changes });
    expect(define).toThrow(DefinitionError);
    expect(define).toThrow(sentence);
  });

  test.each<[object]>([
    [{ budget: { trials: 30 } }],
    [{ budget: { trials: 40 } }],
    [{ budget: { cost: 6 } }],
    [{ budget: { duration: '2h', target: { metric: 'accuracy', value: 1 } } }],
  ])('but not %j', (changes) => {
    expect(defined({ ...learning, ...changes }).levels[0]?.algorithm.name).toBe('learnedPaths');
  });

  test('have settings of their own, which the types say, too', () => {
    // @ts-expect-error: `search` is no setting of paths of a policy.
    const search = defineSearch({ ...options, ...learning, weightSharing: { ...learned, search: 'after' } });
    expect(() => toDefinition(search)).toThrow("'search' of weightSharing says when an algorithm begins");
  });
});

describe('refused in one sentence', () => {
  const constant = space({ width: 3 });

  test.each<[string, object, string]>([
    ['what is no object', { weightSharing: 'fair' }, 'weightSharing: must be an object, not "fair".'],
    [
      'no epochs',
      { weightSharing: { paths: 'fair' } },
      "weightSharing: 'epochs' of weightSharing must be an integer",
    ],
    [
      'scores with uniform paths',
      { weightSharing: { ...after, scores: { perEpoch: 3, architectures: 10 } } },
      "weightSharing: 'scores' of weightSharing is for paths that a policy draws",
    ],
    [
      'a part of the decisions',
      { weightSharing: { ...after, where: { tag: 'shared' } } },
      'give the others to an outer level, as factorised(',
    ],
    ['an unknown setting', { weightSharing: { ...after, warmup: 3 } }, "weightSharing has no field 'warmup'"],
    [
      'evaluations that nobody asks for',
      { weightSharing: { ...after, evaluations: 3 } },
      "'search' says 'after'",
    ],
    [
      'points of one’s own',
      { weightSharing: after, initial: [{ width: 1, operation: 'conv', deep: true }] },
      "initial: sharedWeights shares weights between its trials, and a point of one's own",
    ],
    [
      'a space without decisions',
      { weightSharing: after, space: constant },
      'algorithm: there are no weights to share in a space without decisions',
    ],
    [
      'an algorithm that shares weights by itself',
      { weightSharing: after, algorithm: sharedWeights(random(), after) },
      'algorithm: sharedWeights shares weights between its trials by itself',
    ],
    [
      'deduplication around it',
      { algorithm: dedupe(sharedWeights(random(), after)) },
      'algorithm: sharedWeights proposes slices of one training, none of which is a duplicate',
    ],
    [
      'an algorithm that ends its trials',
      {
        weightSharing: after,
        order: 'in-order',
        algorithm: successiveHalving({ minimumSteps: 1, maximumSteps: 9 }),
      },
      'algorithm: successiveHalving decides itself where its trials begin or end',
    ],
    ['no algorithm', { weightSharing: after, algorithm: undefined }, 'algorithm: must be an object'],
    [
      'a cost that ends before the first evaluation',
      { weightSharing: after, budget: { cost: 5 } },
      "budget.cost: each epoch costs 1 and an evaluation nothing, so that with search: 'after' no cost",
    ],
    [
      'trials that are all training',
      { weightSharing: after, budget: { trials: 5 } },
      'budget.trials: the last of 5 trials would be an epoch of training, after which no evaluation gives a result: take 7.',
    ],
    [
      'scored trials that end with the control',
      { weightSharing: after, budget: { scored: 6 } },
      'budget.scored: the last of 6 trials would be the control, after which no evaluation gives a result: take 7.',
    ],
    [
      'trials that end in the middle of the training',
      { weightSharing: during, budget: { trials: 11 } },
      'budget.trials: the last of 11 trials would be an epoch of training, after which no evaluation gives a result: take 15.',
    ],
  ])('%s', (_what, changes, sentence) => {
    const define = (): unknown => defined(changes);
    expect(define).toThrow(DefinitionError);
    expect(define).toThrow(sentence);
  });

  test.each<[object]>([
    [{ weightSharing: after, budget: { trials: 7 } }],
    [{ weightSharing: during, budget: { trials: 15 } }],
    [{ weightSharing: during, budget: { cost: 5 } }],
    [{ weightSharing: after, budget: { duration: '2h', target: { metric: 'accuracy', value: 1 } } }],
  ])('but not %j', (changes) => {
    expect(defined(changes).levels[0]?.algorithm.name).toBe('sharedWeights');
  });

  test('an evaluation inside the worker, which has no checkpoints', () => {
    const light = toDefinition(
      {
        kind: 'duramen-search',
        options: { ...options, weightSharing: after, evaluate: () => 1, light: true },
        functions: { measures: {} },
      },
      { hash: 'a'.repeat(64), packages: '' },
    );
    expect(() => planSearch('one-shot', light, 0, {})).toThrow(
      'sharedWeights shares weights between its trials, and an evaluation inside the worker has no checkpoints',
    );
  });
});

test('simulated over an objective, it trains, controls, and finds the best by the same way each time', async () => {
  const gain = { conv: 0.3, pool: 0.1, skip: 0 };
  const score = (width: number, operation: keyof typeof gain, deep: boolean): number =>
    width / 20 + gain[operation] + (deep ? 0.2 : 0);
  const run = () =>
    simulate(
      sharedWeights(evolving, after),
      cell,
      async ({ width, operation, deep }, trial) => {
        if (trial.slice?.kind === 'score') {
          const drawn = await trial.draws(trial.slice.count);
          trial.values(drawn.map(({ genome }) => (genome[0] ?? 0) / 20));
        }
        return score(width, operation, deep);
      },
      { metrics: options.metrics, trials: 106, seed: 3 },
    );
  const [one, other] = [await run(), await run()];
  expect(one.best?.parameters).toEqual({ width: 9, operation: 'conv', deep: true });
  expect(one.trials.map(({ slice }) => slice?.kind).slice(0, 7)).toEqual([
    ...Array.from({ length: 5 }, () => 'train'),
    'score',
    'evaluate',
  ]);
  const [control] = one.trials.flatMap(({ outcome }) =>
    outcome.kind === 'scored' && outcome.values !== undefined ? [outcome.values] : [],
  );
  expect(control).toHaveLength(50);
  expect(one.trajectoryHash).toBe(other.trajectoryHash);
});

test('what a person is shown has the control beside the search', async () => {
  const definition = defined({ weightSharing: { ...after, control: { count: 2 } } });
  const plan = planSearch('one-shot', definition, 0, {});
  const search = new SimulatedSearch({
    plan,
    source: choices(1),
    evaluate: ({ index, slice }) => ({
      kind: 'scored',
      metrics: { accuracy: index / 10 },
      ...(slice?.kind === 'score' ? { values: [0.25, 0.75] } : {}),
    }),
  });
  await search.run();
  const shown = search.loop.report.algorithm({ decisions: 9, options: 9 });
  if (shown === null) throw new Error('A search with shared weights describes itself.');
  expect(learnedText(shown)).toMatch(
    /^sharedWeights has learned: epoch 5, epochs 5, mean of the search [\d.]+, best of the search [\d.]+, mean of random architectures 0\.5, best of random architectures 0\.75, population 8/,
  );
});

test('the epochs of a policy are a table below its figures, the last twelve of them', async () => {
  const weightSharing: PolicyPaths = { paths: 'policy', epochs: 15, scores: { perEpoch: 1 }, evaluations: 1 };
  const plan = planSearch(
    'one-shot',
    defined({ algorithm: toyPolicy({ batchSize: 2 }), weightSharing, budget: { cost: 15 } }),
    0,
    {},
  );
  const search = new SimulatedSearch({
    plan,
    source: choices(1),
    evaluate: ({ index, slice }) => ({
      kind: 'scored',
      metrics: { accuracy: index / 100 },
      ...(slice?.kind === 'score' ? { values: slice.draw.from === 'list' ? [0.5, 0.75] : [0.25, 0.5] } : {}),
    }),
  });
  await search.run();
  const shown = search.loop.report.algorithm({ decisions: 9, options: 9 });
  if (shown === null) throw new Error('A search on learned paths describes itself.');
  const [head = '', columns = '', ...rows] = learnedText(shown).split('\n');
  expect(head).toMatch(
    /^learnedPaths has learned: epoch 15, epochs 15, mean reward of the epoch 0\.625, reward of the policy 0\.625, reward of random architectures 0\.375, policy gain 0\.25, best evaluation/,
  );
  expect(columns.trim().split(/ {2,}/)).toEqual(['epoch', 'reward', 'control', 'gain', 'entropy', 'KL']);
  expect(rows.map((row) => Number(row.trim().split(/ +/)[0]))).toEqual([
    4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  ]);
  expect(rows[11]).toMatch(/^ {2}15 +0\.625 +0\.375 +0\.25 +[\d.]+ +[\d.]+$/);
});

test('a tag does not select what is shared, which the types say, too', () => {
  const tags = tagged(cell, 'shared');
  // @ts-expect-error: `where` is no setting of weightSharing.
  const search = defineSearch({ ...options, space: tags, weightSharing: { ...after, where: 'shared' } });
  expect(() => toDefinition(search)).toThrow("'where' of weightSharing cannot select decisions");
});

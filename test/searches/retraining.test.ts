import { describe, expect, test } from 'vitest';
import { ma2ml, nsga2, random, type Outcome } from '../../algorithms/index.js';
import { decode, int, space } from '../../search-spaces/index.js';
import {
  activity,
  bestRepetition,
  checkDefinition,
  command,
  concludeRetraining,
  countedTrials,
  defineSearch,
  differences,
  level,
  planSearch,
  retrainingCandidates,
  retrainingSearch,
  toDefinition,
  type JournalRecord,
  type RetrainingCandidate,
  type RetrainingDefinition,
  type Search,
  type SearchDefinition,
} from '../../searches/index.js';
import { beyondEvaluators } from '../../searches/definition/definition-comparison.js';

const bundle = { hash: 'a'.repeat(64), packages: '' };
const agent = { tags: ['all'] };
const line = space({ x: int(0, 9, agent) });
const options = {
  name: 'tune',
  space: line,
  metrics: { accuracy: 'maximize', size: 'observe' },
  algorithm: random(),
  budget: { trials: 10 },
  evaluate: () => ({ accuracy: 1 }),
} as const;
const agents = ma2ml({
  agents: [{ name: 'all' }],
  costs: [
    { metric: 'size', target: 5, mode: 'hard' },
    { metric: 'size', target: 7, mode: 'tunas' },
  ],
});

/** A definition from options as a search file without types could give them. */
function defined(retraining: object, changes: object = {}): SearchDefinition {
  const whole = { ...options, ...changes, retraining: { evaluate: options.evaluate, ...retraining } };
  const search: Search = { kind: 'duramen-search', options: whole, functions: { measures: {} } };
  return toDefinition(search, bundle);
}

function retrainingOf({ retraining }: SearchDefinition): RetrainingDefinition {
  if (retraining === undefined) throw new Error('It has no retraining.');
  return retraining;
}

describe('a definition with a retraining', () => {
  test('has the defaults of the search, and survives the check', () => {
    const definition = defined({}, { constraints: { size: { atMost: 3 } } });
    expect(definition.retraining).toEqual({
      evaluator: {
        kind: 'function',
        bundle: bundle.hash,
        packages: '',
        function: 'retraining',
        light: false,
        pure: false,
      },
      metrics: [
        { name: 'accuracy', goal: 'maximize' },
        { name: 'size', goal: 'observe', atMost: 3 },
      ],
      repetitions: 3,
      candidates: { best: 5, draws: 0, drawn: 0 },
      timeout: {},
      resources: { cpu: 1, gpu: 0 },
    });
    expect(checkDefinition(JSON.parse(JSON.stringify(definition)))).toEqual(definition);
    expect(retrainingOf(defined({}, { algorithm: agents })).candidates).toEqual({
      best: 1,
      draws: 1_000,
      drawn: 10,
    });
  });

  test('has options of its own, and any evaluator', () => {
    const own = retrainingOf(
      defined({
        evaluate: command('python full.py'),
        metrics: { accuracy: 'maximize', testAccuracy: 'observe' },
        constraints: { testAccuracy: { atLeast: 0 } },
        repetitions: 5,
        candidates: { best: 2 },
        timeout: { trial: '2h' },
        resources: { gpu: 1 },
      }),
    );
    expect(own).toMatchObject({
      evaluator: { kind: 'command' },
      repetitions: 5,
      candidates: { best: 2, draws: 0, drawn: 0 },
      timeout: { trial: 7_200_000 },
      resources: { cpu: 1, gpu: 1 },
    });
    expect(own.metrics[1]).toEqual({ name: 'testAccuracy', goal: 'observe', atLeast: 0 });
    expect(retrainingOf(defined({ evaluate: activity('train') })).evaluator.kind).toBe('activity');
  });

  test('the functions of a search file are kept apart', () => {
    const full = (): { accuracy: number } => ({ accuracy: 2 });
    const { functions } = defineSearch({ ...options, retraining: { evaluate: full } });
    expect(functions.evaluate).toBe(options.evaluate);
    expect(functions.retraining).toBe(full);
  });

  const { evaluate, ...levelOptions } = options;
  const [outer, inner] = [level({ ...levelOptions, name: 'a' }), level({ ...levelOptions, name: 'b' })];
  test.each<[string, () => unknown, string]>([
    [
      'drawn points of an outer level',
      () =>
        toDefinition(
          defineSearch({
            name: 'both',
            levels: [outer, inner],
            evaluate,
            retraining: { evaluate, candidates: { drawn: 1 } },
          }),
          bundle,
        ),
      'retraining.candidates.drawn: a drawn point of an outer level has no inner parameters: leave it out.',
    ],
    ['a field of no meaning', () => defined({ repeats: 3 }), 'retraining: has no field "repeats"'],
    ['no repetition', () => defined({ repetitions: 0 }), 'retraining.repetitions: must be a whole number'],
    [
      'nothing to choose by',
      () => defined({ metrics: { accuracy: 'observe' } }),
      'retraining.metrics: one metric has to choose among the candidates, and none is optimised',
    ],
    [
      'two metrics to choose by',
      () => defined({ metrics: { accuracy: 'maximize', size: 'minimize' } }),
      'accuracy, size are optimised',
    ],
    [
      'limits alone',
      () => defined({ constraints: { size: { atMost: 1 } } }),
      'name the metrics that it belongs',
    ],
    [
      'draws without policies',
      () => defined({ candidates: { drawn: 4 } }),
      'retraining.candidates.drawn: the algorithm random has no policies to draw from.',
    ],
    ['no candidate', () => defined({ candidates: { best: 0 } }), 'there would be nothing to retrain'],
    ['too many', () => defined({ candidates: { best: 65 } }), 'from 0 to 64'],
    [
      'a cost target that nobody would measure',
      () => defined({ metrics: { accuracy: 'maximize' } }, { algorithm: agents }),
      `keeps "size" below a target, and what the search never measured can only be checked here: 'observe' it.`,
    ],
    ['no evaluator', () => defined({ evaluate: 3 }), 'retraining.evaluate: must be a function'],
    [
      'a light command',
      () => defined({ evaluate: command('true'), light: true }),
      'retraining.light: only a function can be light',
    ],
  ])('is refused in one sentence: %s', (_what, make, message) => {
    expect(make).toThrow(message);
  });

  test('is a difference that may be adopted, and no part of what the search decides', () => {
    const plain = toDefinition(defineSearch(options), bundle);
    const added = differences(plain, defined({}));
    expect(added).toEqual(['retraining: absent, now an object']);
    expect(beyondEvaluators(added)).toEqual([]);
    expect(differences(defined({}), defined({ repetitions: 4 }))).toEqual([
      'retraining.repetitions: 3, now 4',
    ]);
    const plans = [plain, defined({})].map((definition) => planSearch('tune', definition, 0, {}));
    expect(plans[0]?.rng).toEqual(plans[1]?.rng);
    expect(plans[0]?.contentKey).toEqual(plans[1]?.contentKey);
  });
});

describe('the candidates', () => {
  const scored = (accuracy: number, size = 0): Outcome => ({ kind: 'scored', metrics: { accuracy, size } });
  const trial = (
    index: number,
    x: number,
    outcome: Outcome,
  ): { index: number; genome: number[]; outcome: Outcome } => ({
    index,
    genome: [x],
    outcome,
  });

  test('are the best feasible results, each point once, with the mean of its trials', () => {
    const plan = planSearch('tune', defined({}, { constraints: { size: { atMost: 3 } } }), 0, {});
    const trials = [
      trial(0, 1, scored(0.5)),
      trial(1, 2, scored(0.9, 4)),
      trial(2, 3, scored(0.8)),
      trial(3, 3, scored(0.6)),
      trial(4, 4, { kind: 'failed', class: 'Diverged', message: 'NaN' }),
      trial(5, 5, scored(0.8)),
    ];
    const found = retrainingCandidates(plan, { best: 2, draws: 0, drawn: 0 }, trials, null);
    expect(found).toEqual([
      {
        genome: [3],
        parameters: { x: 3 },
        sources: [{ source: 'best', value: 0.8 }],
        search: { trials: [2, 3], value: 0.7 },
      },
      {
        genome: [5],
        parameters: { x: 5 },
        sources: [{ source: 'best', value: 0.8 }],
        search: { trials: [5], value: 0.8 },
      },
    ]);
  });

  test('of several metrics, the front comes before what it dominates', () => {
    const definition = defined(
      { metrics: { accuracy: 'maximize' } },
      {
        metrics: { accuracy: 'maximize', size: 'minimize' },
        algorithm: nsga2({ populationSize: 4 }),
      },
    );
    const plan = planSearch('tune', definition, 0, {});
    const trials = [trial(0, 1, scored(0.9, 9)), trial(1, 2, scored(0.8, 10)), trial(2, 3, scored(0.1, 1))];
    const found = retrainingCandidates(plan, { best: 2, draws: 0, drawn: 0 }, trials, null);
    expect(found.map(({ genome }) => genome)).toEqual([[1], [3]]);
  });

  test('that an algorithm derives are merged, and points outside the space left out', () => {
    const plan = planSearch('tune', defined({}), 0, {});
    const derived = [
      { genome: [7], source: 'greedy', value: null },
      { genome: [70], source: 'best', value: 1 },
      { genome: [2], source: 'best', value: 0.5 },
      { genome: [7], source: 'drawn', value: 0.4 },
    ] as const;
    const counts = { best: 1, draws: 9, drawn: 9 };
    const found = retrainingCandidates(plan, counts, [trial(0, 2, scored(0.3))], derived);
    expect(found.map(({ sources, search }) => [sources.map(({ source }) => source), search])).toEqual([
      [['greedy', 'drawn'], null],
      [['best'], { trials: [0], value: 0.3 }],
    ]);
  });

  test('that an algorithm derives as best ones count under shared weights only if they are of the last ones', () => {
    const plan = planSearch('tune', defined({}), 0, {});
    const train = { kind: 'train', epoch: 1, paths: { from: 'fair' } } as const;
    const evaluate = { kind: 'evaluate' } as const;
    const trials = [
      { ...trial(0, 1, scored(0.1)), slice: train },
      { ...trial(1, 2, scored(0.9)), slice: evaluate, continues: 0 },
      { ...trial(2, 2, scored(0.9)), slice: { ...train, epoch: 2 }, continues: 0 },
      { ...trial(3, 4, scored(0.6)), slice: evaluate, continues: 2 },
      { ...trial(4, 5, scored(0.7)), slice: evaluate, continues: 2 },
    ];
    const derived = [
      { genome: [7], source: 'greedy', value: null },
      { genome: [2], source: 'best', value: 0.9 },
    ] as const;
    const found = retrainingCandidates(plan, { best: 1, draws: 9, drawn: 9 }, trials, derived);
    expect(found.map(({ genome, sources, search }) => [genome, sources, search])).toEqual([
      [[7], [{ source: 'greedy', value: null }], null],
      [[5], [{ source: 'best', value: 0.7 }], { trials: [4], value: 0.7 }],
    ]);
  });

  test('are taken from the outcomes that count', () => {
    const told = (index: number): JournalRecord => ({ kind: 'told', index, outcome: scored(index) });
    const proposed = [0, 1, 2].map((index): JournalRecord => ({
      kind: 'proposed',
      trial: { index, genome: [index] },
      source: 'algorithm',
    }));
    const records = [...proposed, told(2), told(0), told(1)];
    const indices = (order: 'in-order' | 'as-completed'): readonly number[] =>
      countedTrials(planSearch('tune', defined({}, { order }), 0, {}), records, 2).map(({ index }) => index);
    expect(indices('in-order')).toEqual([0, 1]);
    expect(indices('as-completed')).toEqual([2, 0]);
  });
});

describe('the search of a repetition', () => {
  test('tries the candidates in their order, with a seed of its own and the limits of the algorithm', () => {
    const definition = defined({}, { algorithm: agents, seed: 4 });
    const candidates = [{ genome: [4] }, { genome: [1] }];
    const searches = [1, 2].map((repetition) =>
      retrainingSearch(definition, retrainingOf(definition), candidates, repetition, 4),
    );
    for (const inner of searches) expect(checkDefinition(JSON.parse(JSON.stringify(inner)))).toEqual(inner);
    const [first, second] = searches;
    expect(first?.seed).not.toBe(second?.seed);
    expect({ ...first, seed: null }).toEqual({ ...second, seed: null });
    expect(first?.levels[0]).toMatchObject({
      name: 'retraining',
      metrics: [
        { name: 'accuracy', goal: 'maximize' },
        { name: 'size', goal: 'observe', atMost: 5 },
      ],
      budget: { trials: 2 },
      concurrency: 2,
    });
    const again = retrainingSearch(defined({}, { seed: 5 }), retrainingOf(definition), candidates, 1, 4);
    expect(again.seed).not.toBe(first?.seed);
    if (first === undefined) throw new Error('There are two searches.');
    const plan = planSearch('tune/retraining/10/1', first, 0, {});
    const proposal = plan.algorithm.propose(plan.algorithm.init(), 0).action;
    expect(proposal).toMatchObject({ kind: 'trial', proposal: { genome: [4] } });
  });
});

describe('the choice', () => {
  const candidate = (x: number, value: number | null, expected?: number): RetrainingCandidate => ({
    genome: [x],
    parameters: decode(line, [x]),
    sources: expected === undefined ? [{ source: 'best', value }] : [{ source: 'drawn', value: expected }],
    search: value === null ? null : { trials: [x], value },
  });
  const metrics = { accuracy: 'maximize', size: 'observe', testAccuracy: 'observe' } as const;
  const definition = defined({ metrics, constraints: { size: { atMost: 5 } } });
  const scored = (accuracy: number, testAccuracy: number, size = 1): Outcome => ({
    kind: 'scored',
    metrics: { accuracy, testAccuracy, size },
  });
  const conclude = (
    candidates: readonly RetrainingCandidate[],
    outcomes: readonly (readonly Outcome[])[],
    of: SearchDefinition = definition,
  ): ReturnType<typeof concludeRetraining> =>
    concludeRetraining(of, retrainingOf(of), 10, outcomes.map(String), candidates, outcomes);

  test('is by the mean of the metric; a test metric never decides and is told of the chosen one alone', () => {
    const found = conclude(
      [candidate(1, 0.5), candidate(2, 0.7), candidate(3, 0.6)],
      [
        [scored(0.9, 0.1), scored(0.7, 1), scored(0.5, 1)],
        [scored(0.7, 0.3), scored(0.8, 1), scored(0.6, 1)],
      ],
    );
    expect(found.chosen).toBe(0);
    const [first] = found.candidates;
    expect(first?.retrained.values).toEqual([0.9, 0.7]);
    expect(first?.retrained.mean).toBeCloseTo(0.8, 12);
    // The deviation of a sample: √((0.1² + 0.1²) / 1).
    expect(first?.retrained.deviation).toBeCloseTo(Math.sqrt(0.02), 12);
    expect(found.observed['testAccuracy']?.values).toEqual([0.1, 0.3]);
    expect(JSON.stringify(found.candidates)).not.toContain('testAccuracy');
    // 0.5 0.7 0.6 in the search; 0.8 0.75 0.55 after: ranks 1 3 2 and 3 2 1.
    expect(found.rankCorrelation.search).toEqual({ candidates: 3, value: -0.5 });
    expect(found.rankCorrelation.expected).toEqual({ candidates: 0, value: null });
    expect(bestRepetition(found)).toBe(0);
  });

  test('leaves out what failed or broke a limit once; of equal ones the first is chosen', () => {
    const failed: Outcome = { kind: 'failed', class: 'Diverged', message: 'NaN' };
    const found = conclude(
      [candidate(1, 0.5), candidate(2, 0.7), candidate(3, null, 0.6), candidate(4, null, 0.9)],
      [
        [scored(1, 1), scored(1, 1), scored(0.5, 1), scored(0.5, 1)],
        [failed, scored(1, 1, 6), scored(0.5, 1), scored(0.5, 1)],
      ],
    );
    expect(found.candidates.map(({ retrained: { mean } }) => mean)).toEqual([null, null, 0.5, 0.5]);
    expect(found.candidates[1]?.retrained.values).toEqual([1, null]);
    expect(found.chosen).toBe(2);
    expect(found.rankCorrelation.expected).toEqual({ candidates: 2, value: null });
    const none = conclude([candidate(1, 0.5)], [[failed]]);
    expect(none).toMatchObject({ chosen: null, observed: {} });
    expect(bestRepetition(none)).toBe(null);
    expect(conclude([], [])).toMatchObject({ chosen: null, candidates: [] });
  });

  test('of a minimised metric is the smallest, and rank correlations are turned so that 1 is agreement', () => {
    const minimised = defined(
      { metrics: { error: 'minimize' } },
      { metrics: { accuracy: 'maximize' }, evaluate: options.evaluate },
    );
    const error = (value: number): Outcome => ({ kind: 'scored', metrics: { error: value } });
    const found = conclude([candidate(1, 0.5), candidate(2, 0.7)], [[error(0.5), error(0.3)]], minimised);
    expect(found.chosen).toBe(1);
    expect(found.candidates[1]?.retrained.deviation).toBe(null);
    expect(found.rankCorrelation.search.value).toBe(1);
  });

  test('is by the objective where the search has one', () => {
    const objective = { maximize: 'accuracy - size' };
    const ofObjective = defined({}, { objective });
    const found = conclude(
      [candidate(1, null), candidate(2, null)],
      [
        [
          { kind: 'scored', metrics: { accuracy: 9, size: 8, objective: 1 } },
          { kind: 'scored', metrics: { accuracy: 3, size: 1, objective: 2 } },
        ],
      ],
      ofObjective,
    );
    expect(found).toMatchObject({ metric: 'objective', chosen: 1 });
  });
});

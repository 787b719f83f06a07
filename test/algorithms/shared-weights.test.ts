import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AlgorithmError,
  bindAlgorithm,
  dedupe,
  fromList,
  leavesWeights,
  random,
  regularizedEvolution,
  reinforce,
  sharedWeights,
  stopEarly,
  successiveHalving,
  sweep,
  byValue,
  type AlgorithmReference,
  type Metric,
  type Outcome,
  type SampledPaths,
  type Slice,
  type Trial,
} from '../../algorithms/index.js';
import { readSampledPaths, sampledTrialKind } from '../../algorithms/wrapping/sampled-paths.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import { bool, int, oneOf, space, view, type Genome } from '../../search-spaces/index.js';
import { sliceDraws, verifyJournal, type JournalRecord, type SearchPlan } from '../../searches/index.js';
import { contractSpaces, describeAlgorithm } from '../../testing/index.js';
import {
  choices,
  computeUpdate,
  planOf,
  SimulatedSearch,
  smallSpace,
  trajectoryOf,
  type Simulation,
} from '../support/simulated-search.js';

const evolving = regularizedEvolution({ populationSize: 8, tournamentSize: 3 });
const inside: readonly (readonly [string, AlgorithmReference])[] = [
  ['random', random()],
  ['regularizedEvolution', evolving],
  ['reinforce', reinforce({ batchSize: 5 })],
];
const after: SampledPaths = { paths: 'fair', epochs: 3, control: { count: 6, examples: 20 } };
const during: SampledPaths = {
  paths: 'uniform',
  epochs: 3,
  steps: 40,
  search: 'during',
  evaluations: 4,
  control: { count: 6, examples: 20 },
};

/** The higher the better; below 100. */
function scoreOf(genome: Genome): number {
  return genome.reduce((sum, value, place) => sum + value / (place + 1), 0);
}

/** What a supernetwork would hand back: rewards of the draws, and a score that grows with the epochs. */
function evaluating(plan: SearchPlan): (trial: Trial) => Outcome {
  const trained = new Map<number, number>();
  return ({ index, genome, slice, continues }) => {
    if (slice?.kind === 'train') trained.set(index, slice.epoch);
    const epoch = trained.get(continues ?? index) ?? 0;
    const scored: Outcome = { kind: 'scored', metrics: { score: scoreOf(genome) + epoch / 8, size: 5 } };
    if (slice?.kind !== 'score') return scored;
    const drawAt = sliceDraws(plan, slice.draw, null);
    const values = Array.from({ length: slice.count }, (_, place) => scoreOf(drawAt(place)));
    return { ...scored, values };
  };
}

type Level = NonNullable<Parameters<typeof planOf>[0]>['level'];

function planFor(algorithm: AlgorithmReference, level: Level = {}): SearchPlan {
  return planOf({ algorithm, space: smallSpace, level });
}

async function searched(
  plan: SearchPlan,
  more: Partial<Simulation> = {},
): Promise<{ readonly search: SimulatedSearch; readonly trials: readonly Trial[] }> {
  const search = new SimulatedSearch({ plan, source: choices(1), evaluate: evaluating(plan), ...more });
  await search.run();
  return { search, trials: trajectoryOf(search).proposals };
}

const slicesOf = (trials: readonly Trial[]): readonly (Slice | undefined)[] =>
  trials.map(({ slice }) => slice);

describe('the plan of trials', () => {
  test('after: the epochs, each continuing the one before, the control, then evaluations of the last weights', async () => {
    const { trials } = await searched(planFor(sharedWeights(evolving, after), { budget: { trials: 7 } }));
    const epoch = (number: number): Slice => ({
      kind: 'train',
      epoch: number,
      epochs: 3,
      paths: { from: 'fair' },
      cost: 1,
      label: `epoch ${number} of 3: train on fair paths`,
    });
    const evaluation = (number: number): Slice => ({
      kind: 'evaluate',
      label: `evaluation ${number} under the weights of epoch 3`,
    });
    expect(slicesOf(trials)).toEqual([
      epoch(1),
      epoch(2),
      epoch(3),
      {
        kind: 'score',
        count: 6,
        draw: { from: 'uniform', stream: 'control' },
        examples: 20,
        label: 'epoch 3 of 3: score 6 random architectures as control',
      },
      evaluation(1),
      evaluation(2),
      evaluation(3),
    ]);
    expect(trials.map(({ continues }) => continues)).toEqual([undefined, 0, 1, 2, 2, 2, 2]);
  });

  test('during: each epoch with its control and its evaluations, the last of which declares the cost', async () => {
    const { search, ...proposed } = await searched(
      planFor(sharedWeights(evolving, during), { budget: { cost: 3 } }),
    );
    // What was proposed beyond the end is discarded.
    const trials = proposed.trials.slice(0, search.loop.state.recorded);
    expect(trials).toHaveLength(18);
    expect(search.loop.end).toEqual({ kind: 'cost' });
    expect(slicesOf(trials).map((slice) => [slice?.kind, slice?.cost ?? 0])).toEqual(
      [1, 2, 3].flatMap(() => [
        ['train', 0],
        ['score', 0],
        ['evaluate', 0],
        ['evaluate', 0],
        ['evaluate', 0],
        ['evaluate', 1],
      ]),
    );
    expect(trials.map(({ continues }) => continues)).toEqual([
      ...[undefined, 0, 0, 0, 0, 0],
      ...[0, 6, 6, 6, 6, 6],
      ...[6, 12, 12, 12, 12, 12],
    ]);
    expect(trials[6]?.slice).toMatchObject({
      epoch: 2,
      steps: 40,
      paths: { from: 'uniform', stream: 'epoch 2' },
    });
    expect(trials[9]?.slice).toMatchObject({ label: 'epoch 2 of 3: evaluation 2 of 4' });
    // The architecture that would be derived is the best one of the newest epoch that has any.
    const best = (of: readonly Trial[]): Genome | undefined =>
      of.toSorted((a, b) => scoreOf(b.genome) - scoreOf(a.genome))[0]?.genome;
    expect(trials[6]?.genome).toEqual(best(trials.slice(2, 6)));
    expect(trials[7]?.genome).toEqual(best(trials.slice(2, 6)));
    expect(trials[12]?.genome).toEqual(best(trials.slice(8, 12)));
  });

  test('during goes on with rounds of evaluations when the declared epochs are over', async () => {
    const { search, ...proposed } = await searched(
      planFor(sharedWeights(evolving, during), { budget: { cost: 5 } }),
    );
    const trials = proposed.trials.slice(0, search.loop.state.recorded);
    expect(trials).toHaveLength(26);
    expect(trials.slice(18).map(({ slice, continues }) => [slice?.kind, continues])).toEqual(
      Array.from({ length: 8 }, () => ['evaluate', 12]),
    );
  });

  test('is that of sampledTrialKind, whatever its numbers are', async () => {
    const sharings = fc.record({
      paths: fc.constantFrom('uniform' as const, 'fair' as const),
      epochs: fc.integer({ min: 1, max: 5 }),
      evaluations: fc.integer({ min: 1, max: 6 }),
      isDuring: fc.boolean(),
      trials: fc.integer({ min: 1, max: 40 }),
      concurrency: fc.integer({ min: 1, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(sharings, async ({ evaluations, isDuring, trials: count, concurrency, ...plain }) => {
        const sharing: SampledPaths = isDuring ? { ...plain, search: 'during', evaluations } : plain;
        const plan = planFor(sharedWeights(evolving, sharing), { budget: { trials: count }, concurrency });
        const { trials } = await searched(plan);
        const shape = readSampledPaths('sharing', sharing);
        expect(trials.map(({ slice }) => slice?.kind)).toEqual(
          trials.map(({ index }) => sampledTrialKind(shape, index)),
        );
        expect(trials).toHaveLength(count);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the algorithm inside', () => {
  test.each(inside)('%s proposes what it would propose alone', async (_name, inner) => {
    const alone = await searched(planFor(inner, { budget: { trials: 40 } }), {
      evaluate: ({ genome }) => ({ kind: 'scored', metrics: { score: scoreOf(genome), size: 5 } }),
    });
    const { trials } = await searched(planFor(sharedWeights(inner, after), { budget: { trials: 44 } }));
    expect(trials.slice(4).map(({ genome }) => genome)).toEqual(alone.trials.map(({ genome }) => genome));
  });

  test.each(inside)(
    '%s goes through the epochs with one sequence of its own trials',
    async (_name, inner) => {
      const told: number[] = [];
      const plan = planFor(sharedWeights(inner, during), { budget: { cost: 3 } });
      const { search } = await searched(plan, {
        onRecord: ({ loop }) => {
          const { algorithm } = loop.state;
          if (typeof algorithm === 'object' && algorithm !== null && 'told' in algorithm)
            told.push(Number(algorithm.told));
        },
      });
      expect(told).toEqual(told.toSorted((a, b) => a - b));
      expect(search.loop.end).toEqual({ kind: 'cost' });
    },
  );

  test('ends the search when it is done, after the training', async () => {
    const { search, trials } = await searched(planFor(sharedWeights(sweep(), after), { budget: {} }));
    expect(search.loop.end).toEqual({ kind: 'exhausted' });
    expect(trials).toHaveLength(4 + 60);
  });

  test('may know outcomes when it begins after the training', async () => {
    const twice = dedupe(fromList([...Array(2)].map(() => [1, 1, 1])), { onDuplicate: { reward: 'last' } });
    const plan = planFor(sharedWeights(twice, after), { budget: {}, window: 1, concurrency: 1 });
    const { search, trials } = await searched(plan);
    expect(trials.slice(4).map(({ known }) => known?.kind)).toEqual([undefined, 'scored']);
    expect(search.attempts.size).toBe(5);
  });
});

describe('a trial without its result', () => {
  const cases: readonly (readonly [string, Outcome])[] = [
    ['cancelled', { kind: 'cancelled' }],
    ['infeasible', { kind: 'infeasible', reason: 'too large' }],
  ];

  test.each(cases)('is trained or scored again when it is %s', async (_kind, outcome) => {
    const plan = planFor(sharedWeights(evolving, after), { budget: { trials: 9 } });
    const good = evaluating(plan);
    const { trials } = await searched(plan, {
      evaluate: (trial) => ([1, 4].includes(trial.index) ? outcome : good(trial)),
    });
    expect(
      trials.map(({ slice, continues }) => [
        slice?.kind,
        slice?.kind === 'train' ? slice.epoch : 0,
        continues,
      ]),
    ).toEqual([
      ['train', 1, undefined],
      ['train', 2, 0],
      ['train', 2, 0],
      ['train', 3, 2],
      ['score', 0, 3],
      ['score', 0, 3],
      ['evaluate', 0, 3],
      ['evaluate', 0, 3],
      ['evaluate', 0, 3],
    ]);
  });

  test('loses no cost: another evaluation of the epoch declares it', async () => {
    const plan = planFor(sharedWeights(evolving, during), { budget: { cost: 2 } });
    const good = evaluating(plan);
    const { trials, search } = await searched(plan, {
      evaluate: (trial) => ([5, 6].includes(trial.index) ? { kind: 'cancelled' } : good(trial)),
    });
    expect(trials.map(({ slice }) => [slice?.kind, slice?.cost ?? 0]).slice(5)).toEqual([
      ['evaluate', 1],
      ['evaluate', 1],
      ['evaluate', 1],
      ['train', 0],
      ['score', 0],
      ['evaluate', 0],
      ['evaluate', 0],
      ['evaluate', 0],
      ['evaluate', 1],
    ]);
    expect(search.loop.state.cost).toBe(2);
  });

  test('is told to the algorithm inside when it is an infeasible evaluation', async () => {
    const plan = planFor(sharedWeights(reinforce({ batchSize: 4 }), after), { budget: { trials: 20 } });
    const { trials, search } = await searched(plan, {
      evaluate: (trial) =>
        trial.slice?.kind === 'evaluate' && trial.index % 2 === 0
          ? { kind: 'infeasible', reason: 'too large' }
          : evaluating(plan)(trial),
    });
    expect(trials).toHaveLength(20);
    expect(search.loop.state.counts).toMatchObject({ infeasible: 8, scored: 12 });
  });

  test('stops the search when it failed, whatever the failure policy says', async () => {
    const plan = planFor(sharedWeights(evolving, after), { budget: { trials: 9 }, retries: 0 });
    const good = evaluating(plan);
    const search = new SimulatedSearch({
      plan,
      source: choices(1),
      evaluate: (trial) =>
        trial.index === 1 ? { kind: 'failed', class: 'Diverged', message: 'loss is NaN' } : good(trial),
    });
    expect(await search.run()).toEqual({
      kind: 'failed',
      message: 'Trial 1 failed (Diverged): loss is NaN',
    });
    // Nothing is lost: the mended search goes on with the trial.
    search.loop.clearFailure();
    const mended = new SimulatedSearch({ plan, source: choices(1), evaluate: good, journal: search.journal });
    await mended.run();
    const whole = await searched(plan);
    expect(trajectoryOf(mended).hash).toBe(trajectoryOf(whole.search).hash);
  });

  test.each([NaN, Infinity])('a reward of %s is Diverged', async (reward) => {
    const plan = planFor(sharedWeights(evolving, after), { budget: { trials: 9 }, retries: 0 });
    const good = evaluating(plan);
    const search = new SimulatedSearch({
      plan,
      source: choices(1),
      evaluate: (trial) => {
        const outcome = good(trial);
        if (outcome.kind !== 'scored' || trial.slice?.kind !== 'score') return outcome;
        return { ...outcome, values: [1, 2, reward, 4, 5, 6] };
      },
    });
    expect(await search.run()).toEqual({
      kind: 'failed',
      message: `Trial 3 failed (Diverged): value 2 of a slice is ${reward}.`,
    });
  });
});

describe.each([
  ['after', after],
  ['during', during],
] as const)('a search %s, whatever happens to it', (_name, sharing) => {
  test.each(inside)(
    'takes the same decisions with %s inside, and its journal holds',
    async (_inner, inner) => {
      const plan = planFor(sharedWeights(inner, sharing), {
        budget: { trials: 30 },
        window: 6,
        concurrency: 3,
      });
      const whole = await searched(plan);
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
          const { search } = await searched(plan, {
            source: choices(seed),
            disturbances: ['kill', 'park', 'pause', 'rebuild', 'snapshot', 'concurrency'],
          });
          expect(trajectoryOf(search)).toEqual(trajectoryOf(whole.search));
          await verifyJournal('simulated', closed(search), computeUpdate);
        }),
        { numRuns: 12 },
      );
    },
  );

  test('extended after its end it goes on as if it had been longer from the start', async () => {
    const plan = planFor(sharedWeights(evolving, sharing), { budget: { trials: 21 } });
    const { search } = await searched(plan);
    search.loop.intervene({ kind: 'extend', budget: { trials: 33 } });
    await search.run();
    const longer = planFor(sharedWeights(evolving, sharing), { budget: { trials: 33 } });
    const whole = await searched(longer);
    expect(trajectoryOf(search)).toEqual(trajectoryOf(whole.search));
  });

  test('counts as results the evaluations under the last weights alone', async () => {
    const plan = planFor(sharedWeights(random(), sharing), { budget: { trials: 18 } });
    const { search, trials } = await searched(plan);
    const last = trials.findLast(({ slice }) => slice !== undefined && leavesWeights(slice))?.index;
    const results = trials.filter(({ slice, continues }) => slice?.kind === 'evaluate' && continues === last);
    const [best] = search.loop.report.best();
    expect(results.map(({ index }) => index)).toContain(best?.index);
    expect(best?.metrics['score']).toBe(
      Math.max(...results.map(({ genome }) => scoreOf(genome))) + after.epochs / 8,
    );
  });
});

test('after the training, evolution finds the best of 60 architectures, by the same way each time', async () => {
  const plan = planFor(sharedWeights(evolving, after), { budget: { trials: 104 } });
  const [one, other] = [await searched(plan), await searched(plan)];
  expect(one.search.loop.report.best()[0]?.parameters).toEqual({ width: 9, activation: 'gelu', deep: true });
  expect(one.search.loop.state.trajectoryHash).toBe(other.search.loop.state.trajectoryHash);
});

describe('what it says of itself', () => {
  const figuresOf = (search: SimulatedSearch): ReadonlyMap<string, number | null> =>
    new Map(
      search.loop.report
        .algorithm({ decisions: 9, options: 9 })
        ?.figures.map(({ name, value }) => [name, value] as const),
    );

  test.each(['maximize', 'minimize'] as const)('has the control beside the search (%s)', async (goal) => {
    const metrics: readonly Metric[] = [
      { name: 'score', goal },
      { name: 'size', goal: 'observe' },
    ];
    const plan = planOf({
      algorithm: sharedWeights(evolving, after),
      space: smallSpace,
      metrics,
      // One trial at a time, so that the algorithm knows every outcome but the last.
      level: { budget: { trials: 30 }, window: 1, concurrency: 1 },
    });
    const { search, trials } = await searched(plan);
    const drawAt = sliceDraws(plan, { from: 'uniform', stream: 'control' }, null);
    const rewards = Array.from({ length: 6 }, (_, place) => Math.fround(scoreOf(drawAt(place))));
    const scores = trials.slice(4, -1).map(({ genome }) => scoreOf(genome) + after.epochs / 8);
    const best = (values: readonly number[]): number =>
      goal === 'maximize' ? Math.max(...values) : Math.min(...values);
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    const figures = figuresOf(search);
    expect([figures.get('epoch'), figures.get('epochs')]).toEqual([3, 3]);
    expect(figures.get('best of the search')).toBe(best(scores));
    expect(figures.get('mean of the search')).toBeCloseTo(mean(scores), 10);
    expect(figures.get('best of random architectures')).toBe(best(rewards));
    expect(figures.get('mean of random architectures')).toBeCloseTo(mean(rewards), 6);
    expect(figures.get('population')).toBe(8);
  });

  test('leaves open what is not known before the first evaluation', async () => {
    const { search } = await searched(planFor(sharedWeights(random(), after), { budget: { trials: 3 } }));
    expect([...figuresOf(search)]).toEqual([
      ['epoch', 2],
      ['epochs', 3],
      ['mean of the search', null],
      ['best of the search', null],
      ['mean of random architectures', null],
      ['best of random architectures', null],
    ]);
  });
});

describe('refused in one sentence', () => {
  const raw = (config: object): AlgorithmReference => ({
    ...random(),
    name: 'sharedWeights',
    config: JSON.parse(JSON.stringify({ algorithm: random(), paths: 'uniform', epochs: 3, ...config })),
  });

  test.each<[string, AlgorithmReference, string]>([
    ['no epochs', raw({ epochs: undefined }), "'epochs' of sharedWeights must be an integer from 1"],
    ['half an epoch', raw({ epochs: 0.5 }), "'epochs' of sharedWeights must be"],
    ['other paths', raw({ paths: 'best' }), "'paths' of sharedWeights must be 'uniform' or 'fair'"],
    ['paths of a policy', raw({ paths: 'policy' }), "'paths' of sharedWeights cannot be 'policy'"],
    ['scores with uniform paths', raw({ scores: { perEpoch: 3 } }), "'scores' of sharedWeights is for paths"],
    ['a warm-up of fair paths', raw({ paths: 'fair', warmUp: 3 }), '\'paths\' says "fair": leave it out'],
    ['a part of the decisions', raw({ where: { tag: 'shared' } }), 'factorised(space, where'],
    ['steps of fair paths', raw({ paths: 'fair', steps: 3 }), 'fair paths are not drawn'],
    ['another time', raw({ search: 'before' }), "'search' of sharedWeights must be 'after' or 'during'"],
    ['evaluations after the end', raw({ evaluations: 3 }), "say search: 'during'"],
    ['no evaluations', raw({ search: 'during' }), "'evaluations' of sharedWeights must be"],
    [
      'a control of nothing',
      raw({ control: { count: 0 } }),
      "'count' of the control of sharedWeights must be",
    ],
    ['a control of too many', raw({ control: { count: 385 } }), 'an integer from 1 to 384'],
    ['no control', raw({ control: null }), 'the configuration of the control of sharedWeights'],
    ['an unknown field', raw({ epoch: 3 }), "sharedWeights has no field 'epoch'"],
    [
      'itself',
      sharedWeights(sharedWeights(random(), after), after),
      'sharedWeights shares weights between its trials by itself',
    ],
    [
      'deduplication around it',
      dedupe(sharedWeights(random(), after)),
      'put dedupe around the algorithm inside it',
    ],
    ['a stop around it', stopEarly(sharedWeights(random(), after), byValue([[1, 0]])), 'leave stopEarly out'],
    [
      'an algorithm that ends its trials',
      sharedWeights(successiveHalving({ minimumSteps: 1, maximumSteps: 9 }), after),
      'successiveHalving decides itself where its trials begin or end',
    ],
    [
      'gates inside',
      sharedWeights(stopEarly(random(), byValue([[1, 0]])), after),
      'stopEarly decides itself where its trials begin or end',
    ],
    ['an algorithm that ends', sharedWeights(sweep(), during), 'sweep ends by itself, maybe before'],
  ])('%s', (_case, reference, sentence) => {
    const bind = (): unknown =>
      bindAlgorithm(
        reference,
        view(smallSpace),
        [{ name: 'score', goal: 'maximize' }],
        rngFromSeed(1),
        'in-order',
      );
    expect(bind).toThrow(AlgorithmError);
    expect(bind).toThrow(sentence);
  });

  test.each([
    ['nothing to decide', space({ a: 1 })],
    ['one option', space({ a: oneOf([1]), b: int(3, 3) })],
  ])('a space with %s', (_case, of) => {
    expect(() =>
      bindAlgorithm(
        sharedWeights(random(), after),
        view(of),
        [{ name: 'score', goal: 'maximize' }],
        rngFromSeed(1),
        'in-order',
      ),
    ).toThrow('there are no weights to share in a space without decisions');
  });

  test('outcomes that are known from earlier weights', async () => {
    const twice = dedupe(random(), { onDuplicate: { reward: 'last' } });
    const plan = planOf({
      algorithm: sharedWeights(twice, during),
      space: space({ a: bool() }),
      level: { budget: { cost: 3 }, window: 1, concurrency: 1 },
    });
    await expect(searched(plan)).rejects.toThrow(
      'dedupe knows an outcome that was measured under the weights',
    );
  });
});

const longTraining = { ...during, epochs: 60 };
const nested = { conditional: contractSpaces.conditional };
const small = { small: contractSpaces.small };
for (const [name, inner] of inside) {
  await describeAlgorithm(sharedWeights(inner, after), {
    title: `the contract with ${name} inside, after the training`,
    spaces: name === 'regularizedEvolution' ? nested : small,
  });
  await describeAlgorithm(sharedWeights(inner, longTraining), {
    title: `the contract with ${name} inside, during the training`,
    spaces: small,
  });
}

function closed(search: SimulatedSearch): readonly JournalRecord[] {
  const { definition } = search.loop.plan;
  return [
    { kind: 'opened', search: 'simulated', definition, level: 0, context: {}, version: '0.1.0' },
    ...search.journal,
    { kind: 'closed', phase: 'finished', reason: 'trials', trajectoryHash: search.loop.state.trajectoryHash },
  ];
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addAlgorithm,
  AlgorithmError,
  bindAlgorithm,
  byValue,
  dedupe,
  learnedPaths,
  random,
  register,
  reinforce,
  sharedWeights,
  sliceByteLimit,
  stopEarly,
  sweep,
  type AlgorithmReference,
  type Metric,
  type Outcome,
  type PolicyPaths,
  type Slice,
  type ToldTrial,
  type Trial,
} from '../../algorithms/index.js';
import { emptyEpochHistory, withEpoch, type EpochRow } from '../../algorithms/wrapping/epoch-history.js';
import { readPolicyPaths, trialsOfEpoch, wholeTrials } from '../../algorithms/wrapping/policy-paths.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import { int, listOf, oneOf, space, view, type Genome } from '../../search-spaces/index.js';
import { sliceDraws, verifyJournal, type JournalRecord, type SearchPlan } from '../../searches/index.js';
import { contractSpaces, describeAlgorithm } from '../../testing/index.js';
import { runAlgorithm } from '../support/algorithm-run.js';
import {
  choices,
  computeUpdate,
  planOf,
  SimulatedSearch,
  smallSpace,
  trajectoryOf,
  type Simulation,
} from '../support/simulated-search.js';
import { addToyPolicy, toyPolicy, toyPolicyAlgorithm } from '../support/slices/toy-policy.js';

addToyPolicy();

const sharing = {
  paths: 'policy',
  epochs: 3,
  warmUp: 1,
  scores: { perEpoch: 2, examples: 20 },
  evaluations: 2,
} as const satisfies PolicyPaths;
const learning = learnedPaths(toyPolicy(), sharing);

/** The higher the better; below 100. */
function scoreOf(genome: Genome): number {
  return genome.reduce((sum, value, place) => sum + value / (place + 1), 0);
}

/** What a supernetwork would hand back: rewards of the architectures, and a score that grows with the epochs. */
function evaluating(plan: SearchPlan): (trial: Trial) => Outcome {
  const trained = new Map<number, number>();
  return ({ index, genome, slice, continues }) => {
    if (slice?.kind === 'train') trained.set(index, slice.epoch);
    const epoch = trained.get(continues ?? index) ?? 0;
    const scored: Outcome = { kind: 'scored', metrics: { score: scoreOf(genome) + epoch / 8, size: 5 } };
    if (slice?.kind !== 'score') return scored;
    const drawAt = sliceDraws(plan, slice.draw, null);
    return { ...scored, values: Array.from({ length: slice.count }, (_, place) => scoreOf(drawAt(place))) };
  };
}

type Level = NonNullable<Parameters<typeof planOf>[0]>['level'];

function planFor(algorithm: AlgorithmReference, level: Level = {}): SearchPlan {
  return planOf({ algorithm, space: smallSpace, level: { budget: { cost: 3 }, ...level } });
}

async function searched(
  plan: SearchPlan,
  more: Partial<Simulation> = {},
): Promise<{ readonly search: SimulatedSearch; readonly trials: readonly Trial[] }> {
  const search = new SimulatedSearch({ plan, source: choices(1), evaluate: evaluating(plan), ...more });
  await search.run();
  // What was proposed beyond the end is discarded.
  return { search, trials: trajectoryOf(search).proposals.slice(0, search.loop.state.recorded) };
}

const listed = (slice: Slice | undefined): readonly Genome[] =>
  slice?.kind === 'score' && slice.draw.from === 'list' ? slice.draw.genomes : [];

const outline = (trials: readonly Trial[]): readonly string[] =>
  trials.map(({ slice, continues }) => {
    const from = slice?.kind === 'train' ? slice.paths.from : slice?.kind === 'score' ? slice.draw.from : '';
    return [slice?.kind, from, slice?.cost ?? 0, continues ?? '–'].join(' ').replace('  ', ' ');
  });

describe('the plan of trials', () => {
  test('an epoch trains, scores batches of the policy, and ends with the control; evaluations follow the last', async () => {
    const { search, trials } = await searched(planFor(learning));
    expect(search.loop.end).toEqual({ kind: 'cost' });
    expect(search.loop.state.cost).toBe(3);
    expect(outline(trials)).toEqual([
      ...['train uniform 0 –', 'score list 0 0', 'score list 0 0', 'score uniform 1 0'],
      ...['train policy 0 0', 'score list 0 4', 'score list 0 4', 'score uniform 1 4'],
      ...['train policy 0 4', 'score list 0 8', 'score list 0 8', 'score uniform 0 8'],
      ...['evaluate 0 8', 'evaluate 0 8', 'evaluate 1 8'],
    ]);
    // Rewards and entropies are numbers of their own.
    const labels = trials.map(({ slice }) => slice?.label?.replaceAll(/(reward|entropy) [\d.]+/g, '$1 #'));
    const scores = (epoch: number): readonly string[] => [
      `epoch ${epoch}: update 1 of 2, entropy #`,
      `epoch ${epoch}: update 2 of 2, reward #, entropy #`,
      `epoch ${epoch} of 3: score 4 random architectures as control`,
    ];
    expect(labels).toEqual([
      'epoch 1 of 3: train on uniform paths',
      ...scores(1),
      'epoch 2 of 3: train on paths of the policy',
      ...scores(2),
      'epoch 3 of 3: train on paths of the policy',
      ...scores(3),
      'epoch 3 of 3: evaluate the most probable architecture',
      'epoch 3 of 3: evaluation 1 of 2',
      'epoch 3 of 3: evaluation 2 of 2',
    ]);
  });

  test('a label has the reward of the scores before it in three digits, without the zero', async () => {
    const plan = planFor(learning);
    const good = evaluating(plan);
    const rewarded = async (reward: number): Promise<string | undefined> => {
      const { trials } = await searched(plan, {
        evaluate: (trial) => {
          const outcome = good(trial);
          return outcome.kind === 'scored' && outcome.values !== undefined
            ? { ...outcome, values: outcome.values.map(() => reward) }
            : outcome;
        },
      });
      return /reward ([^,]+),/.exec(trials[2]?.slice?.label ?? '')?.[1];
    };
    expect(await Promise.all([0.8125, -0.5, 0, 12.3456, 123_456].map(rewarded))).toEqual([
      ...['.813', '-.5', '0', '12.3', '123000'],
    ]);
  });

  test('the control is on the examples of the last scores, with as many architectures', async () => {
    const { trials } = await searched(planFor(learning));
    const [, , last, control] = trials.map(({ slice }) => slice);
    expect(last).toMatchObject({ count: 4, examples: 20, batches: 'epoch 1 score 2' });
    expect(control).toMatchObject({
      count: 4,
      examples: 20,
      batches: 'epoch 1 score 2',
      draw: { from: 'uniform', stream: 'control 1' },
    });
  });

  test('a control of its own size', async () => {
    const own = learnedPaths(toyPolicy(), { ...sharing, control: { count: 9, examples: 50 } });
    const { trials } = await searched(planFor(own));
    expect(trials[3]?.slice).toMatchObject({ count: 9, examples: 50, batches: 'epoch 1 score 2' });
  });

  test('warm-up is a third of the epochs, and may be none or all of them', async () => {
    const paths = async (changes: Partial<PolicyPaths>): Promise<readonly string[]> => {
      const { warmUp: _warmUp, ...plain } = sharing;
      const of = learnedPaths(toyPolicy(), { ...plain, epochs: 5, ...changes });
      const { trials } = await searched(planFor(of, { budget: { cost: 5 } }));
      return trials.flatMap(({ slice }) => (slice?.kind === 'train' ? [slice.paths.from] : []));
    };
    expect(await paths({})).toEqual(['uniform', 'uniform', 'policy', 'policy', 'policy']);
    expect(await paths({ warmUp: 0 })).toEqual(Array.from({ length: 5 }, () => 'policy'));
    expect(await paths({ warmUp: 5 })).toEqual(Array.from({ length: 5 }, () => 'uniform'));
  });

  test('paths are drawn from the policy after the last update of the epoch before', async () => {
    const run = runAlgorithm(learning, smallSpace, {
      evaluate: evaluating(planFor(learning)),
      trials: 15,
      metrics: { score: 'maximize' },
    });
    const policies = run.trials.flatMap(({ slice }) =>
      slice?.kind === 'train' && slice.paths.from === 'policy' ? [slice.paths.policy] : [],
    );
    expect(new Set(policies).size).toBe(2);
    const [, , third] = [...run.bulks.keys()];
    // The first update makes the policy, and each batch of the first epoch moves it once.
    expect(policies[0]).toBe(third);
    const [, train] = run.trials.filter(({ slice }) => slice?.kind === 'train');
    if (train === undefined) throw new Error('There are several epochs.');
    expect(run.drawAt(train)(3).genome).toEqual(run.drawAt(train)(3).genome);
  });

  test('goes on with epochs of the same kind, each with evaluations, when it is extended', async () => {
    const plan = planFor(learning);
    const { search } = await searched(plan);
    search.loop.intervene({ kind: 'extend', budget: { cost: 5 } });
    await search.run();
    const whole = await searched(planFor(learning, { budget: { cost: 5 } }));
    expect(trajectoryOf(search)).toEqual(trajectoryOf(whole.search));
    const further = (before: number, train: number): readonly string[] => [
      `train policy 0 ${before}`,
      ...[`score list 0 ${train}`, `score list 0 ${train}`, `score uniform 0 ${train}`],
      ...[`evaluate 0 ${train}`, `evaluate 0 ${train}`, `evaluate 1 ${train}`],
    ];
    expect(outline(whole.trials.slice(15))).toEqual([...further(8, 15), ...further(15, 22)]);
  });

  test('is as long as its numbers say', async () => {
    const sharings = fc.record({
      epochs: fc.integer({ min: 1, max: 4 }),
      perEpoch: fc.integer({ min: 1, max: 4 }),
      evaluations: fc.integer({ min: 1, max: 5 }),
      batchSize: fc.integer({ min: 1, max: 6 }),
      concurrency: fc.integer({ min: 1, max: 6 }),
      further: fc.integer({ min: 0, max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(
        sharings,
        async ({ epochs, perEpoch, evaluations, batchSize, concurrency, further }) => {
          const of: PolicyPaths = { paths: 'policy', epochs, evaluations, scores: { perEpoch } };
          const level = { budget: { cost: epochs + further }, concurrency };
          const { trials } = await searched(planFor(learnedPaths(toyPolicy({ batchSize }), of), level));
          const plan = readPolicyPaths('sharing', of);
          const numbers = Array.from({ length: epochs + further }, (_, place) => place + 1);
          const expected = numbers.reduce((sum, epoch) => sum + trialsOfEpoch(plan, epoch), 0);
          expect(trials).toHaveLength(expected);
          expect(wholeTrials(plan, expected)).toBe(expected);
          expect(wholeTrials(plan, expected + 1)).toBe(expected + trialsOfEpoch(plan, epochs));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('architectures of a slice', () => {
  test('are as many as the algorithm proposes, or as the search file says', async () => {
    const counts = async (batchSize: number, architectures?: number): Promise<readonly string[]> => {
      const scores = { perEpoch: 4, ...(architectures === undefined ? {} : { architectures }) };
      const of = learnedPaths(toyPolicy({ batchSize }), { ...sharing, epochs: 1, warmUp: 1, scores });
      const { trials } = await searched(planFor(of, { budget: { cost: 1 } }));
      return trials.flatMap(({ slice }) =>
        listed(slice).length === 0
          ? []
          : [`${listed(slice).length} ${/: (\w+ \d)/.exec(slice?.label ?? '')?.[1]}`],
      );
    };
    expect(await counts(7)).toEqual(['7 update 1', '7 update 2', '7 update 3', '7 update 4']);
    // An update follows the slice that completes a batch.
    expect(await counts(5, 3)).toEqual(['3 scores 1', '2 update 2', '3 scores 3', '2 update 4']);
    expect(await counts(2, 9)).toEqual(['2 update 1', '2 update 2', '2 update 3', '2 update 4']);
  });

  test('never take more than a slice has room for', async () => {
    const long = space({
      layers: listOf({ width: int(100_000, 999_999), kind: oneOf(['a', 'b']) }, { min: 60, max: 60 }),
    });
    const of = learnedPaths(toyPolicy({ batchSize: 30 }), { ...sharing, epochs: 1, warmUp: 1 });
    const plan = planOf({ algorithm: of, space: long, level: { budget: { cost: 1 } } });
    const { trials } = await searched(plan);
    const scores = trials.flatMap(({ slice }) => (listed(slice).length === 0 ? [] : [slice]));
    const sizes = scores.map((slice) => JSON.stringify(slice).length);
    expect(sizes[0]).toBeLessThanOrEqual(sliceByteLimit);
    expect(sizes[0]).toBeGreaterThan(sliceByteLimit - 600);
    const most = listed(scores[0]).length;
    expect(most).toBeLessThan(30);
    // The batch goes on in the next slice, and nothing else comes into it.
    expect(scores.map((slice) => listed(slice).length)).toEqual([most, Math.min(most, 30 - most)]);
  });

  test('one that is larger than any slice is refused', async () => {
    const huge = space({ layers: listOf(int(1_000_000, 9_999_999), { min: 1_100, max: 1_100 }) });
    const of = learnedPaths(toyPolicy({ batchSize: 2 }), { ...sharing, epochs: 1, warmUp: 1 });
    const plan = planOf({ algorithm: of, space: huge, level: { budget: { cost: 1 } } });
    await expect(searched(plan)).rejects.toThrow(
      'an architecture with 1101 numbers has no room in a slice of 8000 bytes: make the space smaller',
    );
  });
});

describe('the algorithm inside', () => {
  const seen: ToldTrial[] = [];
  const watched = { ...toyPolicy(), name: 'watchedPolicy' };
  addAlgorithm(
    register({
      ...toyPolicyAlgorithm,
      name: 'watchedPolicy',
      tell(problem, state, told) {
        seen.push(...told);
        return toyPolicyAlgorithm.tell(problem, state, told);
      },
    }),
  );

  test('is told the reward of each architecture as an outcome of its own, in one sequence', async () => {
    seen.length = 0;
    const { trials } = await searched(planFor(learnedPaths(watched, sharing), { window: 1, concurrency: 1 }));
    const scored = trials.slice(0, 12).flatMap(({ slice }) => listed(slice));
    const evaluated = trials.slice(13, 14).map(({ genome }) => genome);
    expect(seen.map(({ trial }) => trial.index)).toEqual([...Array(25).keys()]);
    expect(seen.map(({ trial }) => trial.genome)).toEqual([...scored, ...evaluated]);
    expect(seen.slice(0, 24).map(({ outcome }) => outcome)).toEqual(
      scored.map((genome) => ({ kind: 'scored', metrics: { score: Math.fround(scoreOf(genome)) } })),
    );
    expect(seen[24]?.outcome).toMatchObject({ metrics: { score: scoreOf(evaluated[0] ?? []) + 3 / 8 } });
  });

  test('does not see the most probable architecture, which it did not propose', async () => {
    seen.length = 0;
    const plan = planFor(learnedPaths(watched, sharing), { budget: { cost: 4 }, window: 1, concurrency: 1 });
    const { trials } = await searched(plan);
    const probable = trials.filter(({ slice }) => slice?.label?.includes('most probable') === true);
    expect(probable).toHaveLength(2);
    // The second epoch of evaluations begins with what was left of a batch, and the last outcome comes after the end.
    expect(seen).toHaveLength(3 * 8 + 2 + (2 + 4) + 1);
  });

  test('learns the best of 60 architectures', async () => {
    const of = learnedPaths(toyPolicy({ batchSize: 8 }), { ...sharing, scores: { perEpoch: 40 } });
    const { search } = await searched(planFor(of));
    expect(search.loop.report.best()[0]?.parameters).toEqual({ width: 9, activation: 'gelu', deep: true });
  });

  test('is told of an evaluation beyond a limit as infeasible, and of shared scores all the same', async () => {
    seen.length = 0;
    const metrics: readonly Metric[] = [
      { name: 'score', goal: 'maximize', atLeast: 1_000 },
      { name: 'size', goal: 'observe', atMost: 2 },
    ];
    const level = { budget: { cost: 4 } };
    const plan = planOf({ algorithm: learnedPaths(watched, sharing), space: smallSpace, metrics, level });
    const { search } = await searched(plan);
    const kinds = seen.map(({ outcome }) => outcome.kind);
    expect(kinds.filter((kind) => kind === 'infeasible')).toHaveLength(3);
    expect(kinds.filter((kind) => kind === 'scored')).toHaveLength(3 * 8 + 2 + 4);
    expect(search.loop.report.best()).toEqual([]);
  });
});

describe('a trial without its result', () => {
  const calm = (): Promise<{ readonly trials: readonly Trial[] }> => searched(planFor(learning));
  /** What remains of trials when their indices, and those that they continue, are left out. */
  const content = (trials: readonly Trial[]): readonly unknown[] =>
    trials.map(({ genome, slice }) => [slice?.kind === 'evaluate' || genome.length, slice]);

  test.each([
    ['train', 4],
    ['score', 5],
    ['control', 7],
  ])('is made again where it is a %s', async (_kind, cancelled) => {
    const plan = planFor(learning);
    const good = evaluating(plan);
    const { trials, search } = await searched(plan, {
      evaluate: (trial) =>
        trial.index === cancelled || trial.index === cancelled + 1 ? { kind: 'cancelled' } : good(trial),
    });
    const expected = (await calm()).trials;
    const repeated = trials[cancelled];
    expect(trials.slice(cancelled, cancelled + 3).map(({ slice }) => slice)).toEqual(
      Array.from({ length: 3 }, () => repeated?.slice),
    );
    expect(content(trials.toSpliced(cancelled, 2))).toEqual(content(expected));
    expect(search.loop.state.cost).toBe(3);
  });

  test.each([12, 13, 14])('is made again where it is evaluation %i, and loses no cost', async (cancelled) => {
    const plan = planFor(learning);
    const good = evaluating(plan);
    const { trials, search } = await searched(plan, {
      evaluate: (trial) => (trial.index === cancelled ? { kind: 'cancelled' } : good(trial)),
    });
    expect(trials).toHaveLength(16);
    expect(search.loop.state.cost).toBe(3);
    const again = trials.find(({ slice }) => slice?.label === 'epoch 3 of 3: evaluate again');
    expect(again?.genome).toEqual(trials[cancelled]?.genome);
    const costs = trials.slice(12).map(({ slice }) => slice?.cost ?? 0);
    expect(costs.reduce((sum, cost) => sum + cost, 0)).toBe(cancelled === 14 ? 2 : 1);
    expect(costs.at(-1)).toBe(1);
  });

  test('is over where it is an infeasible evaluation', async () => {
    const plan = planFor(learning);
    const good = evaluating(plan);
    const { trials, search } = await searched(plan, {
      evaluate: (trial) =>
        trial.slice?.kind === 'evaluate' ? { kind: 'infeasible', reason: 'too large' } : good(trial),
    });
    expect(trials).toHaveLength(15);
    expect(search.loop.state.counts).toMatchObject({ infeasible: 3, scored: 12 });
  });

  test.each([NaN, Infinity])('stops the search where a reward is %s', async (reward) => {
    const plan = planFor(learning, { retries: 0 });
    const good = evaluating(plan);
    const search = new SimulatedSearch({
      plan,
      source: choices(1),
      evaluate: (trial) => {
        const outcome = good(trial);
        if (outcome.kind !== 'scored' || trial.index !== 2) return outcome;
        return { ...outcome, values: [1, 2, reward, 4] };
      },
    });
    expect(await search.run()).toEqual({
      kind: 'failed',
      message: `Trial 2 failed (Diverged): value 2 of a slice is ${reward}.`,
    });
  });
});

describe.each(['in-order', 'as-completed'] as const)('a search %s, whatever happens to it', (order) => {
  test('takes the same decisions, and its journal holds', async () => {
    const plan = planFor(learning, { budget: { cost: 4 }, window: 6, concurrency: 3, order });
    const whole = await searched(plan);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
        const { search } = await searched(plan, {
          source: choices(seed),
          disturbances: ['kill', 'park', 'pause', 'rebuild', 'snapshot', 'concurrency'],
        });
        // As completed, the order in which evaluations come is a part of the trajectory.
        if (order === 'in-order') expect(trajectoryOf(search)).toEqual(trajectoryOf(whole.search));
        expect(search.loop.state.cost).toBe(4);
        await verifyJournal('simulated', closed(search), computeUpdate);
      }),
      { numRuns: 15 },
    );
  });
});

test('a reward that the algorithm refuses ends the update with its sentence', async () => {
  const plan = planFor(learnedPaths(toyPolicy({ most: 1 }), sharing));
  await expect(searched(plan)).rejects.toThrow(AlgorithmError);
  await expect(searched(plan)).rejects.toThrow(
    /^a reward of [\d.]+ is above 1: measure accuracies from 0 to 1$/,
  );
});

describe('what it says of itself', () => {
  test.each(['maximize', 'minimize'] as const)('has the gain of the policy (%s)', async (goal) => {
    const metrics: readonly Metric[] = [
      { name: 'score', goal },
      { name: 'size', goal: 'observe' },
    ];
    const plan = planOf({ algorithm: learning, space: smallSpace, metrics, level: { budget: { cost: 3 } } });
    const { search, trials } = await searched(plan);
    const mean = (genomes: readonly Genome[]): number =>
      genomes.reduce((sum, genome) => sum + Math.fround(scoreOf(genome)) / genomes.length, 0);
    const drawAt = sliceDraws(plan, { from: 'uniform', stream: 'control 3' }, null);
    const reward = mean(listed(trials[10]?.slice));
    const control = mean([0, 1, 2, 3].map(drawAt));
    const described = search.loop.plan.algorithm.describe?.(search.loop.state.algorithm);
    const figures = new Map(described?.figures.map(({ name, value }) => [name, value] as const));
    expect([figures.get('epoch'), figures.get('epochs')]).toEqual([3, 3]);
    expect(figures.get('reward of the policy')).toBeCloseTo(reward, 10);
    expect(figures.get('reward of random architectures')).toBeCloseTo(control, 10);
    expect(figures.get('policy gain')).toBeCloseTo(
      goal === 'maximize' ? reward - control : control - reward,
      10,
    );
    expect(figures.get('mean reward of the epoch')).toBeCloseTo(
      mean([...listed(trials[9]?.slice), ...listed(trials[10]?.slice)]),
      10,
    );
    expect(figures.get('update')).toBe(7);
    expect(described?.history?.columns).toEqual(['epoch', 'reward', 'control', 'gain', 'entropy', 'KL']);
    expect(described?.history?.rows.map(([epoch]) => epoch)).toEqual([1, 2, 3]);
    expect(described?.history?.rows[2]?.[3]).toBe(figures.get('policy gain'));
  });

  test('leaves open what is not known before the first scores', () => {
    const { algorithm } = planFor(learning);
    const described = algorithm.describe?.(algorithm.init());
    expect(described?.figures.slice(0, 8)).toEqual([
      { name: 'epoch', value: 0 },
      { name: 'epochs', value: 3 },
      ...[
        'mean reward of the epoch',
        'reward of the policy',
        'reward of random architectures',
        'policy gain',
        'best evaluation',
        'relative entropy',
      ].map((name) => ({ name, value: null })),
    ]);
    expect(described?.history?.rows).toEqual([]);
  });
});

describe('the history of epochs', () => {
  const rowOf = (epoch: number): EpochRow => ({
    ...{ epoch, reward: epoch / 8, control: 0, gain: epoch / 8 },
    ...{ entropy: null, divergence: null, skips: null },
  });

  test('keeps every row of a short search, and at most 64 evenly spaced ones with the last of a long one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), (epochs) => {
        let history = emptyEpochHistory;
        for (let epoch = 1; epoch <= epochs; epoch += 1) history = withEpoch(history, rowOf(epoch));
        const numbers = history.rows.map(({ epoch }) => epoch);
        expect(numbers.length).toBeLessThanOrEqual(64);
        expect(numbers.at(-1)).toBe(epochs);
        expect(numbers.length).toBeGreaterThanOrEqual(Math.min(epochs, 32));
        const { stride } = history;
        expect(numbers.slice(0, -1)).toEqual(numbers.slice(0, -1).map((_, place) => 1 + place * stride));
        if (epochs <= 64) expect(numbers).toHaveLength(epochs);
      }),
      { numRuns: 60 },
    );
  });
});

describe('refused in one sentence', () => {
  const raw = (config: object): AlgorithmReference => ({
    ...learning,
    config: JSON.parse(JSON.stringify({ algorithm: toyPolicy(), ...sharing, ...config })),
  });

  test.each<[string, AlgorithmReference, string]>([
    ['an algorithm without a policy', learnedPaths(random(), sharing), 'random learns no policy that could'],
    ['updates without a policy', learnedPaths(reinforce(), sharing), 'reinforce learns no policy that could'],
    ['no epochs', raw({ epochs: undefined }), "'epochs' of learnedPaths must be an integer from 1"],
    ['other paths', raw({ paths: 'uniform' }), "'paths' of learnedPaths must be 'policy', it is 'uniform'"],
    ['a time to begin', raw({ search: 'during' }), "'search' of learnedPaths says when an algorithm begins"],
    ['a part of the decisions', raw({ where: { tag: 'shared' } }), 'factorised(space, where'],
    [
      'too long a warm-up',
      raw({ warmUp: 4 }),
      "'warmUp' of learnedPaths must be at most the 3 epochs, it is 4",
    ],
    ['no scores', raw({ scores: { perEpoch: 0 } }), "'perEpoch' of the scores of learnedPaths must be"],
    [
      'no architectures',
      raw({ scores: { architectures: 0 } }),
      "'architectures' of the scores of learnedPaths",
    ],
    ['too many architectures', raw({ scores: { architectures: 385 } }), 'an integer from 1 to 384'],
    [
      'other scores',
      raw({ scores: 30 }),
      'the configuration of the scores of learnedPaths must be an object',
    ],
    [
      'no control',
      raw({ control: null }),
      'the configuration of the control of learnedPaths must be an object',
    ],
    ['no evaluations', raw({ evaluations: 0 }), "'evaluations' of learnedPaths must be an integer from 1"],
    ['no steps', raw({ steps: 0 }), "'steps' of learnedPaths must be"],
    ['an unknown field', raw({ epoch: 3 }), "learnedPaths has no field 'epoch'"],
    [
      'itself',
      learnedPaths(learning, sharing),
      'learnedPaths shares weights between its trials by itself: leave out weightSharing (learnedPaths)',
    ],
    [
      'itself inside uniform paths',
      sharedWeights(learning, { paths: 'uniform', epochs: 3 }),
      'learnedPaths shares weights between its trials by itself: leave out weightSharing (sharedWeights)',
    ],
    ['deduplication around it', dedupe(learning), 'put dedupe around the algorithm inside it'],
    ['a stop around it', stopEarly(learning, byValue([[1, 0]])), 'leave stopEarly out'],
    ['an algorithm that ends', learnedPaths(sweep(), sharing), 'sweep learns no policy'],
  ])('%s', (_case, reference, sentence) => {
    const metrics: readonly Metric[] = [{ name: 'score', goal: 'maximize' }];
    const bind = (): unknown =>
      // A stop sees the first proposal alone.
      bindAlgorithm(reference, view(smallSpace), metrics, rngFromSeed(1), 'in-order').init();
    expect(bind).toThrow(AlgorithmError);
    expect(bind).toThrow(sentence);
  });

  test('two metrics to optimise', () => {
    const metrics: readonly Metric[] = [
      { name: 'score', goal: 'maximize' },
      { name: 'size', goal: 'minimize' },
    ];
    expect(() => bindAlgorithm(learning, view(smallSpace), metrics, rngFromSeed(1), 'in-order')).toThrow(
      'learnedPaths needs exactly one metric',
    );
  });

  test('a space without decisions', () => {
    const metrics: readonly Metric[] = [{ name: 'score', goal: 'maximize' }];
    expect(() => bindAlgorithm(learning, view(space({ a: 1 })), metrics, rngFromSeed(1), 'in-order')).toThrow(
      'there are no weights to share in a space without decisions',
    );
  });

  test('a policy that never comes, once its paths are wanted', async () => {
    const plan = planFor(learnedPaths(dedupe(random(), { max: 1_000 }), sharing));
    await expect(searched(plan)).rejects.toThrow(
      'dedupe has learned no policy from which the paths of epoch 2 could be drawn',
    );
  });

  test('gates of the algorithm inside', async () => {
    const plan = planFor(learnedPaths(stopEarly(toyPolicy(), byValue([[1, 0]])), sharing));
    await expect(searched(plan)).rejects.toThrow('stopEarly decides itself where its trials begin or end');
  });

  test('outcomes that are known from earlier weights', async () => {
    const twice = dedupe(toyPolicy({ batchSize: 30 }), { onDuplicate: { reward: 'last' } });
    await expect(searched(planFor(learnedPaths(twice, sharing)))).rejects.toThrow(
      'dedupe knows an outcome that was measured under the weights of an earlier epoch',
    );
  });
});

await describeAlgorithm(learning, {
  title: 'the contract, after the training',
  spaces: { small: contractSpaces.small },
});
await describeAlgorithm(learnedPaths(toyPolicy({ batchSize: 3 }), { ...sharing, epochs: 200 }), {
  title: 'the contract, during the training',
  spaces: { conditional: contractSpaces.conditional },
});

function closed(search: SimulatedSearch): readonly JournalRecord[] {
  const { definition } = search.loop.plan;
  return [
    { kind: 'opened', search: 'simulated', definition, level: 0, context: {}, version: '0.1.0' },
    ...search.journal,
    { kind: 'closed', phase: 'finished', reason: 'cost', trajectoryHash: search.loop.state.trajectoryHash },
  ];
}

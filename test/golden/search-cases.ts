import {
  allOf,
  anyOf,
  byRank,
  byValue,
  composedRegularizedEvolution,
  controller,
  darts,
  dedupe,
  evolution,
  fromList,
  hillClimb,
  learnedPaths,
  ma2ml,
  neat,
  nsga2,
  operationRoles,
  operations,
  random,
  regularizedEvolution,
  reinforce,
  schedules,
  sharedWeights,
  stopEarly,
  successiveHalving,
  sweep,
  type AlgorithmReference,
  type Ma2mlOptions,
  type Metric,
} from '../../algorithms/index.js';
import { shippedProbes } from '../../algorithms/contract/index.js';
import {
  snapshotBytes,
  type WarmStartMode,
  type WarmStartOptions,
} from '../../algorithms/warm-start/index.js';
import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import {
  bool,
  constrained,
  derived,
  float,
  int,
  listOf,
  manyOf,
  nasBench201Cell,
  oneOf,
  optional,
  permutation,
  sample,
  space,
  spaceHash,
  tagged,
  type Space,
} from '../../search-spaces/index.js';
import { libraryRecord } from '../support/library-records.js';
import { keepBulk, smallSpace, wideSpace } from '../support/simulated-search.js';

const left = { tags: ['all', 'left'] };
const right = { tags: ['all', 'right'] };

/** Nested choices, lists, picks and an order, each decision of one of two agents. */
export const conditionalSpace = space({
  optimizer: oneOf(
    [
      { kind: 'sgd', momentum: float(0, 0.99, left), nesterov: bool(left) },
      { kind: 'adam', beta: oneOf([0.9, 0.95, 0.99], left) },
    ],
    { ...left, weights: [1, 3] },
  ),
  layers: listOf(
    { units: int(8, 64, { ...right, scale: 'log' }), activation: oneOf(['relu', 'tanh'], right) },
    { ...right, min: 1, max: 3 },
  ),
  order: permutation(['crop', 'flip', 'rotate', 'cutout'], right),
  extras: manyOf(2, [1, 2, 3, { depth: int(1, 4, right) }], { ...right, sorted: true }),
  warmUp: optional({ share: float(0, 1, left) }, left),
});

/** Every scale, and a constraint that about half of the points violate. */
export const constrainedSpace = space(
  constrained(
    {
      rate: float(1e-5, 1, { ...left, scale: 'log' }),
      keep: float(0.1, 1, { ...left, scale: 'reverseLog' }),
      width: int(16, 512, { ...right, scale: 'log' }),
      depth: int(1, 9, { ...right, step: 2 }),
      units: derived(['*', 2, ['path', 'width']]),
    },
    [{ expr: ['<=', ['*', ['path', 'width'], ['path', 'depth']], 512], reason: 'too large' }],
  ),
);

export const searchSpaces: Readonly<Record<string, Space>> = {
  small: smallSpace,
  wide: wideSpace,
  conditional: conditionalSpace,
  nasBench201: tagged(nasBench201Cell, 'all'),
  constrained: constrainedSpace,
};

export const oneMetric: readonly Metric[] = [
  { name: 'score', goal: 'maximize' },
  { name: 'size', goal: 'observe' },
];
const twoMetrics: readonly Metric[] = [
  { name: 'score', goal: 'maximize' },
  { name: 'size', goal: 'minimize' },
];
const minimized: readonly Metric[] = [
  { name: 'score', goal: 'minimize' },
  { name: 'size', goal: 'observe', atMost: 60 },
];

export interface SearchCase {
  readonly algorithm: (of: Space) => AlgorithmReference;
  readonly metrics?: readonly Metric[];
  /** Names of the spaces that it is searched on; default: all. */
  readonly on?: readonly string[];
}

const evolving = regularizedEvolution({ populationSize: 20, tournamentSize: 5 });

function agents(options: Ma2mlOptions = {}): AlgorithmReference {
  return ma2ml({
    agents: [{ name: 'all' }],
    range: [0, 40],
    pipelinesPerRound: 6,
    stepsPerRound: 4,
    hiddenUnits: 12,
    minibatch: 16,
    ...options,
  });
}

const twoAgents: Ma2mlOptions = {
  agents: [{ name: 'architecture', tag: 'right' }, { name: 'left' }],
};
const wideAndCell = ['wide', 'nasBench201'];

/** Operations of every kind, as a composition that no ready-made evolution has. */
const composed = evolution({
  initial: { size: 10, maximumProposals: 40 },
  reproduce: operations.pipe(
    operations.concat(
      operations.pipe(
        operations.top(4),
        operations.random(2),
        operations.recombination({ operator: 'uniform' }),
        operations.first(1),
        operations.choose([
          [operations.mutation({ operator: 'resample', avoid: true }), schedules.linear(60, 1, 0.2)],
          [operations.mutation({ operator: 'swap' }), 0.3],
        ]),
      ),
      operations.pipe(operations.weighted(2, ['+', 1, ['path', 'told']]), operations.mutation()),
      operations.when(['>', ['path', 'len'], 5], operations.immigrants(1), operations.slice(0, 0)),
      operations.pipe(operations.bottom(1), operations.nextPoint),
    ),
  ),
  update: operations.union(operations.top(6), operations.last(6)),
  maximumPopulation: 12,
  maximumChildren: 8,
});

/** Searches by every shipped algorithm. */
export const searchCases: Readonly<Record<string, SearchCase>> = {
  random: { algorithm: () => random() },
  'random, minimised with a limit': { algorithm: () => random(), metrics: minimized },
  sweep: { algorithm: () => sweep() },
  fromList: {
    algorithm: (of) =>
      fromList(Array.from({ length: 60 }, (_none, i) => sample(of, fork(rngFromSeed('given points'), i)))),
  },
  regularizedEvolution: { algorithm: () => evolving },
  'regularizedEvolution, small': {
    algorithm: () => regularizedEvolution({ populationSize: 8, tournamentSize: 3 }),
    metrics: minimized,
  },
  'regularizedEvolution, resample': {
    algorithm: () => regularizedEvolution({ populationSize: 12, tournamentSize: 4, mutate: 'resample' }),
  },
  'regularizedEvolution, swap': {
    algorithm: () => regularizedEvolution({ populationSize: 12, tournamentSize: 4, mutate: 'swap' }),
    on: ['conditional', 'nasBench201'],
  },
  reinforce: { algorithm: () => reinforce() },
  'reinforce, small batches': {
    algorithm: () => reinforce({ batchSize: 5, learningRate: 0.2, bins: 6, entropyWeight: 0.05 }),
    metrics: minimized,
  },
  ma2ml: { algorithm: () => agents() },
  'ma2ml, defaults': {
    algorithm: () => ma2ml({ agents: [{ name: 'all' }], range: [0, 40] }),
    on: ['nasBench201'],
  },
  'ma2ml, minimised': {
    algorithm: () => agents({ range: [40, 0], stepsPerRound: 2 }),
    metrics: minimized,
    on: wideAndCell,
  },
  'ma2ml, two agents': { algorithm: () => agents(twoAgents), on: ['wide', 'conditional', 'two agents'] },
  'ma2ml, two agents in turn': {
    algorithm: () => agents({ ...twoAgents, updates: 'sequential', target: 'mixture' }),
    on: ['two agents'],
  },
  'ma2ml, two agents, sampled credit': {
    algorithm: () => agents({ ...twoAgents, credit: 'sampled', levels: 9 }),
    on: ['two agents'],
  },
  'ma2ml, two agents, off-nocredit': {
    algorithm: () => agents({ ...twoAgents, variant: 'off-nocredit' }),
    on: ['two agents'],
  },
  'ma2ml, two agents, no-kl': {
    algorithm: () => agents({ ...twoAgents, variant: 'no-kl' }),
    on: ['two agents'],
  },
  'ma2ml, two agents, on-credit': {
    algorithm: () => agents({ ...twoAgents, variant: 'on-credit' }),
    on: ['two agents'],
  },
  'ma2ml, two agents, on-nocredit': {
    algorithm: () => agents({ ...twoAgents, variant: 'on-nocredit' }),
    on: ['two agents'],
  },
  'ma2ml, two agents, lite': {
    algorithm: () => agents({ ...twoAgents, variant: 'lite' }),
    on: ['two agents'],
  },
  'ma2ml, costs': {
    algorithm: () =>
      agents({
        costs: [
          { metric: 'size', target: 30, mode: 'hard' },
          { metric: 'size', target: 10, mode: 'mnasnet', exponentAbove: -0.2 },
          { metric: 'size', target: 12, mode: 'tunas' },
        ],
      }),
    on: wideAndCell,
  },
  hillClimb: { algorithm: () => hillClimb({ batchSize: 3, initialSize: 5 }) },
  composedRegularizedEvolution: {
    algorithm: () => composedRegularizedEvolution({ populationSize: 12, tournamentSize: 4 }),
  },
  nsga2: { algorithm: () => nsga2({ populationSize: 12 }), metrics: twoMetrics },
  'nsga2, crossed': {
    algorithm: () => nsga2({ populationSize: 10, crossover: { operator: 'uniform' }, mutate: 'resample' }),
    metrics: twoMetrics,
  },
  neat: { algorithm: () => neat({ populationSize: 12 }) },
  'evolution, composed': { algorithm: () => composed },
  'evolution, swept first': {
    algorithm: () =>
      evolution({
        initial: { by: 'sweep', size: 8 },
        reproduce: operations.pipe(operations.top(3), operations.repeat(operations.mutation(), 2)),
        maximumPopulation: 30,
      }),
    on: ['small', 'nasBench201'],
  },
  dedupe: { algorithm: () => dedupe(evolving) },
  'dedupe, told and rewarded': {
    algorithm: () =>
      dedupe(reinforce({ batchSize: 6 }), {
        key: ['path', 'genome[0]'],
        max: 4,
        attempts: 40,
        count: 'told',
        onDuplicate: { reward: 'mean' },
        remember: 50,
      }),
  },
  'sharedWeights, after': {
    algorithm: () => sharedWeights(evolving, { paths: 'fair', epochs: 12, control: { count: 6 } }),
    on: wideAndCell,
  },
  'sharedWeights, during': {
    algorithm: () =>
      sharedWeights(reinforce({ batchSize: 5 }), {
        paths: 'uniform',
        epochs: 20,
        search: 'during',
        evaluations: 6,
        control: { count: 6 },
      }),
    metrics: minimized,
    on: ['conditional'],
  },
  learnedPaths: {
    algorithm: () =>
      learnedPaths(controller({ batchSize: 4, hiddenUnits: 8, range: [40, -40] }), {
        paths: 'policy',
        epochs: 12,
        scores: { perEpoch: 5 },
        evaluations: 6,
      }),
    metrics: minimized,
    on: ['conditional'],
  },
  'darts, in stages': {
    algorithm: (of) =>
      darts({
        stages: [{ epochs: 8, keep: 3, skipDropout: 0.3 }, { epochs: 40 }],
        warmUp: 2,
        operations: operationRoles(of, {
          skip: ['skip_connect'],
          learnable: ['nor_conv_1x1', 'nor_conv_3x3'],
        }),
        maximumSkips: 2,
        stop: { ranking: { epochs: 30 }, eigenvalue: { factor: 1.1 } },
      }),
    on: ['nasBench201'],
  },
  'darts, over tasks': {
    algorithm: () => darts({ stages: [{ epochs: 5, keep: 3 }, { epochs: 9 }], tasks: 3, warmUp: 1 }),
    on: ['nasBench201'],
  },
  'darts, warm': {
    algorithm: (of) => darts({ epochs: 30, warmStart: warmStartOn(of, ['alpha+weights']) }),
    on: ['nasBench201'],
  },
  'darts, warm by a record of tasks': {
    algorithm: (of) => darts({ epochs: 30, warmStart: warmStartOn(of, ['meta']) }),
    on: ['nasBench201'],
  },
  'stopEarly, any': { algorithm: () => stopEarly(evolving, anyOf(byValue([[1, 8]]), byRank([[2, 0.5, 4]]))) },
  'stopEarly, all': {
    algorithm: () => stopEarly(dedupe(random()), allOf(byValue([[1, 20]]), byRank([[3, 0.7, 6]]))),
  },
  successiveHalving: {
    algorithm: () => successiveHalving({ minimumSteps: 1, maximumSteps: 9, reductionFactor: 3 }),
  },
  'successiveHalving, minimised': {
    algorithm: () => successiveHalving({ minimumSteps: 1, maximumSteps: 64 }),
    metrics: minimized,
    on: ['wide', 'conditional'],
  },
};

/** A start from one of two records of six choices of five operations and a branch of zero. */
function warmStartOn(of: Space, modes: readonly WarmStartMode[]): WarmStartOptions {
  const own = {
    ...{ space: spaceHash(of), probe: shippedProbes.small.hash, genotype: [1, 2, 3, 4, 0, 1] },
    embedding: Array.from({ length: shippedProbes.small.filters }, (_none, i) => 1 + (i % 4)),
    logits: Array.from({ length: 36 }, (_none, i) => ((i * 5) % 13) / 4),
  };
  const records = [
    libraryRecord(own),
    libraryRecord({ ...own, format: 'duramen-library-record/2', tasks: ['one', 'two'] }),
  ];
  const hash = keepBulk(snapshotBytes(records));
  return { from: 'library', threshold: 'any', modes, snapshot: { hash, space: spaceHash(of) } };
}

/** The names of the spaces of a case. */
export function spacesOf({ on }: SearchCase): readonly string[] {
  return (on ?? Object.keys(searchSpaces)).flatMap((name) =>
    name === 'two agents' ? ['constrained', 'two agents'] : [name],
  );
}

/** A space of ints, floats and choices for two agents, without what agents refuse. */
export const agentSpace = space({
  rate: float(1e-4, 1, { ...left, scale: 'log' }),
  batch: oneOf([16, 32, 64], left),
  network: oneOf([{ depth: int(1, 4, right) }, { width: oneOf([8, 16], right), wide: bool(right) }], right),
  edges: [oneOf([0, 1, 2, 3], right), oneOf([0, 1, 2, 3], right)],
});

import { describe, expect, test } from 'vitest';
import {
  AlgorithmError,
  algorithmNames,
  auto,
  bayesian,
  bindAlgorithm,
  controller,
  byValue,
  command,
  decodeState,
  encodeState,
  findAlgorithm,
  ma2ml,
  darts,
  dedupe,
  fromList,
  hillClimb,
  learnedPaths,
  quasiRandom,
  random,
  regularizedEvolution,
  reinforce,
  sharedWeights,
  stopEarly,
  successiveHalving,
  sweep,
  tpe,
  type AlgorithmReference,
  type Metric,
  type TellingOrder,
} from '../../algorithms/index.js';
import { register } from '../../algorithms/contract/bound-algorithm.js';
import { randomAlgorithm } from '../../algorithms/simple/random.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import { float, int, manyOf, oneOf, view } from '../../search-spaces/index.js';

const space = view({ a: oneOf([1, 2], { tags: ['NAS'] }), b: oneOf([0, 1, 2, 3], { tags: ['NAS'] }) });
const score: Metric = { name: 'score', goal: 'maximize' };
const cost: Metric = { name: 'cost', goal: 'minimize' };

const bind = (reference: AlgorithmReference, metrics: readonly Metric[] = [score], on = space) =>
  bindAlgorithm(reference, on, metrics, rngFromSeed(1), 'in-order');

describe('references', () => {
  const references = [
    random(),
    quasiRandom(),
    sweep(),
    tpe(),
    bayesian(),
    auto(),
    regularizedEvolution({ populationSize: 20 }),
    successiveHalving({ minimumSteps: 1, maximumSteps: 8 }),
    reinforce({ batchSize: 4 }),
    controller({ batchSize: 4 }),
    ma2ml({ agents: [{ name: 'NAS' }] }),
    darts({ epochs: 3 }),
    hillClimb(),
    fromList([[0, 1]]),
    // As a definition holds it, without the functions.
    { name: 'custom', version: 1, config: { bundle: '0'.repeat(64), packages: '' } },
    command('python sampler.py'),
    dedupe(random()),
    stopEarly(random(), byValue([[1, 0]])),
    sharedWeights(random(), { paths: 'uniform', epochs: 3 }),
    learnedPaths(controller({ batchSize: 4 }), { paths: 'policy', epochs: 3 }),
  ];

  test('are plain data and name every algorithm', () => {
    for (const reference of references) {
      expect(JSON.parse(JSON.stringify(reference))).toEqual(reference);
      expect(bind(reference).name).toBe(reference.name);
      expect(findAlgorithm(reference).version).toBe(reference.version);
    }
    expect(references.map(({ name }) => name)).toEqual(algorithmNames);
  });

  test('only algorithms that propose updates have the two halves of one', () => {
    for (const reference of references) {
      const { computeUpdate, applyUpdate } = bind(reference);
      const wrapping = ['dedupe', 'stopEarly', 'sharedWeights', 'learnedPaths'];
      const learning = ['bayesian', 'auto', 'reinforce', 'controller', 'ma2ml', 'darts', 'custom', 'command'];
      const updates = [...learning, ...wrapping].includes(reference.name);
      expect(computeUpdate !== undefined).toBe(updates);
      expect(applyUpdate !== undefined).toBe(updates);
    }
    const rungs = { minimumSteps: 1, maximumSteps: 8 };
    expect(bind(successiveHalving({ ...rungs, algorithm: bayesian() })).computeUpdate).toBeDefined();
  });

  test.each<[string, () => unknown, RegExp]>([
    [
      'an unknown name',
      () => bind({ name: 'annealing', version: 1, config: {} }),
      /no algorithm 'annealing' version 1/,
    ],
    ['another version', () => bind({ ...random(), version: 9 }), /'random' version 9 .* has version 1/],
    [
      'several objectives',
      () => bind(regularizedEvolution(), [score, cost]),
      /exactly one metric .* score, cost/,
    ],
    ['no objective', () => bind(reinforce(), [{ ...score, goal: 'observe' }]), /has none/],
    [
      'a field too many',
      () => bind({ ...random(), config: { size: 1 } }),
      /no field 'size': it has no fields/,
    ],
    [
      'a missing field',
      () => bind({ ...successiveHalving({ minimumSteps: 1, maximumSteps: 8 }), config: {} }),
      /it is missing/,
    ],
    [
      'a sweep over a float',
      () => bind(sweep(), [score], view({ a: int(0, 1), rate: float(0, 1) })),
      /the float 'rate'/,
    ],
    [
      'a state that could grow too large',
      () =>
        bind(
          regularizedEvolution({ populationSize: 10_000 }),
          [score],
          view(manyOf(100, [1, 2], { distinct: false })),
        ),
      /could take \d+ bytes/,
    ],
    [
      'genomes too large for the rungs',
      () =>
        bind(
          successiveHalving({ minimumSteps: 1, maximumSteps: 4096 }),
          [score],
          view(Array.from({ length: 900 }, () => float(0, 1))),
        ),
      /cannot keep 8 candidates/,
    ],
  ])('%s is refused in one sentence', (_title, make, message) => {
    expect(make).toThrow(AlgorithmError);
    expect(make).toThrow(message);
    expect(make).not.toThrow(/\n/);
  });

  test('an order that an algorithm does not support is refused', () => {
    const { bind: bindOrdered } = register({ ...randomAlgorithm, orders: ['in-order'] });
    expect(() => bindOrdered({}, space, [score], rngFromSeed(1), 'as-completed')).toThrow(
      /random does not work with trials told as-completed, only in-order/,
    );
  });

  test('several objectives are fine where no score is needed', () => {
    expect(bind(random(), [score, cost]).objectives).toBe('any');
    expect(bind(sweep(), []).objectives).toBe('any');
  });
});

describe('a state of another space', () => {
  const other = view({ a: oneOf([1, 2, 3]), b: int(0, 30) });
  const ordered = (reference: AlgorithmReference, on: typeof space, order: TellingOrder) =>
    bindAlgorithm(reference, on, [score], rngFromSeed(1), order);

  test.each<[AlgorithmReference, TellingOrder]>([
    [sweep(), 'in-order'],
    [regularizedEvolution({ populationSize: 4, tournamentSize: 2 }), 'in-order'],
    [successiveHalving({ minimumSteps: 1, maximumSteps: 8 }), 'as-completed'],
    [reinforce({ batchSize: 40 }), 'as-completed'],
  ])('is refused: %j', (reference, order) => {
    const theirs = ordered(reference, other, order);
    let state = theirs.init();
    for (let index = 0; index < 40; index += 1) {
      const { state: next, action } = theirs.propose(state, index);
      if (action.kind !== 'trial') throw new Error('a trial was expected');
      const trial = { ...action.proposal, index };
      state = theirs.tell(next, [{ trial, outcome: { kind: 'scored', metrics: { score: 1 } } }]);
    }
    const ours = ordered(reference, space, order);
    const read = decodeState(encodeState(state));
    expect(() => ours.propose(read, 40)).toThrow(AlgorithmError);
    expect(() => ours.propose(read, 40)).toThrow(`this is not a state of ${reference.name} for this search`);
  });
});

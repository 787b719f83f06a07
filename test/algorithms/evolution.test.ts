import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AlgorithmError,
  anyOf,
  applyOperation,
  bindAlgorithm,
  byValue,
  composedRegularizedEvolution,
  dedupe,
  defineOperator,
  evolution,
  hillClimb,
  initialStoppingState,
  neat,
  notStopped,
  nsga2,
  observeMeasurement,
  operations,
  random,
  type AlgorithmReference,
  type Individual,
  type Metric,
  type Operation,
  type Outcome,
} from '../../algorithms/index.js';
import { RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/views/genome.js';
import { oneOf, permutation, view } from '../../search-spaces/index.js';
import { scoredOutcome } from '../../testing/index.js';
import { runAlgorithm } from '../support/algorithm-run.js';

const { choose, concat, flatten, forEach, immigrants, last, mutation, pipe, proportional, put, top } =
  operations;
const { get, repeat, slice, untilChange, weighted, when } = operations;

const score: Metric = { name: 'score', goal: 'maximize' };
const space = Array.from({ length: 20 }, () => oneOf([0, 1, 2, 3, 4]));
const agreement = (genome: Genome): number =>
  genome.reduce((sum, number, place) => sum + (number === (place * 3) % 5 ? 1 : 0), 0);

const apply = (operation: Operation, scores: readonly number[], step = 0) => {
  const individuals = scores.map((own, id): Individual => ({
    ...{ id, genome: Array.from({ length: 20 }, () => id % 5), generation: 1, initial: true, parents: [] },
    scores: [own],
  }));
  const context = { rng: rngFromSeed(1), step, view: view(space), globals: {}, generation: 2, rejected: [] };
  return applyOperation(operation, individuals, context);
};
const ids = (operation: Operation, scores: readonly number[]): readonly unknown[] =>
  apply(operation, scores).items.map((item) => ('id' in item ? item.id : item));

function bestOf(reference: AlgorithmReference, seed: number): number {
  const { trials } = runAlgorithm(reference, space, {
    order: 'in-order',
    seed,
    trials: 600,
    window: 4,
    completion: new RandomStream(rngFromSeed(seed)),
    evaluate: scoredOutcome(agreement),
  });
  return Math.max(...trials.map(({ genome }) => agreement(genome)));
}

describe('operations', () => {
  test('weights that are all zero count as equal', () => {
    expect(ids(proportional(4, ['path', 'score']), [0, 0])).toEqual([0, 0, 1, 1]);
    expect(ids(weighted(5, ['path', 'score']), [0, 0])).toHaveLength(5);
  });

  test('shares add up whatever the weights are', () => {
    const property = fc.property(
      fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 50 }),
      (weights, n) => {
        const taken = ids(proportional(n, ['path', 'score']), weights);
        expect(taken).toHaveLength(n);
        if (weights.some((weight) => weight > 0)) {
          for (const id of taken) expect(weights[Number(id)]).toBeGreaterThan(0);
        }
      },
    );
    fc.assert(property, { numRuns: 200, seed: 1 });
  });

  test('a slice is Python’s', () => {
    const five = [0, 1, 2, 3, 4];
    expect(ids(slice(-2), five)).toEqual([3, 4]);
    expect(ids(slice(undefined, undefined, -1), five)).toEqual([4, 3, 2, 1, 0]);
    expect(ids(slice(3, 0, -2), five)).toEqual([3, 1]);
    expect(ids(slice(9), five)).toEqual([]);
  });

  test('what is drawn depends on the step and the place in the tree, not on the other operations', () => {
    const mutated = (operation: Operation, step: number): string =>
      JSON.stringify(apply(operation, [1, 2, 3], step).items.at(-1));
    const alone = mutated(concat(top(0), mutation()), 5);
    expect(mutated(concat(operations.random(2), mutation()), 5).replace(/"id":-\d+/, '')).toBe(
      alone.replace(/"id":-\d+/, ''),
    );
    expect(mutated(concat(top(0), mutation()), 6)).not.toBe(alone);
  });

  test('a schedule and the globals decide', () => {
    const growing = top(['+', 1, ['step']]);
    expect(apply(growing, [5, 4, 3], 1).items).toHaveLength(2);
    const stored = apply(
      pipe(top(2), put('kept'), put('times', ['+', ['path', 'len'], 1]), get('kept')),
      [1, 2, 3],
    );
    expect(stored.items).toHaveLength(2);
    expect(stored.globals['times']).toBe(3);
    const limited = choose(
      [
        [slice(1), 1],
        [slice(1), 1],
        [slice(1), 0],
      ],
      1,
    );
    expect(ids(limited, [0, 1, 2])).toEqual([1, 2]);
  });

  test('untilChange ends where nothing can change', () => {
    expect(ids(untilChange(top(3)), [3, 2, 1])).toEqual([0, 1, 2]);
  });

  test('groups are items too', () => {
    expect(ids(pipe(forEach(repeat(top(1), 2)), flatten()), [1, 2])).toEqual([0, 0, 1, 1]);
  });

  test('an operator of one’s own is named, never stored', () => {
    defineOperator('test-reverse', (items) => [...items].reverse());
    expect(ids(operations.custom('test-reverse'), [1, 2])).toEqual([1, 0]);
    expect(() => defineOperator('test-reverse', (items) => items)).toThrow(AlgorithmError);
  });

  test.each([
    [{ op: 'explode' }, /reproduce has the operation "explode"/],
    [{ op: 'top', n: -1 }, /reproduce\.n must not be negative/],
    [{ op: 'top', m: 1 }, /top has no field 'm'/],
    [{ op: 'pipe', of: [] }, /reproduce\.of must be a list of at least one/],
    [
      { op: 'when', test: ['launch'], then: { op: 'identity' }, otherwise: { op: 'identity' } },
      /no expression/,
    ],
    [{ op: 'mutate', where: { colour: 'red' } }, /reproduce\.where must be a selection/],
    [{ op: 'custom', name: 'unheard-of', arguments: null }, /reproduce\.name names no operator/],
  ])('%j is refused with its place', (reproduce, message) => {
    const reference = { name: 'evolution', version: 1, config: { initial: { size: 2 }, reproduce } };
    expect(() => bindAlgorithm(reference, view(space), [score], rngFromSeed(1), 'in-order')).toThrow(message);
  });
});

describe('compositions', () => {
  const compositions = {
    composedRegularizedEvolution: composedRegularizedEvolution({ populationSize: 40, tournamentSize: 10 }),
    hillClimb: hillClimb({ batchSize: 4 }),
    nsga2: nsga2({ populationSize: 20, crossover: { operator: 'uniform' } }),
    neat: neat({ populationSize: 20 }),
  };
  test.each(Object.entries(compositions))('%s finds better points than random search', (_name, reference) => {
    const better = [1, 2, 3].reduce((sum, seed) => sum + bestOf(reference, seed) - bestOf(random(), seed), 0);
    expect(better / 3).toBeGreaterThan(2);
  });

  test('NSGA-II spreads along the front of two metrics', () => {
    const evaluate = ({ genome }: { readonly genome: Genome }): Outcome => {
      const ones = genome.filter((number) => number === 1).length;
      const twos = genome.filter((number) => number === 2).length;
      return { kind: 'scored', metrics: { score: ones, cost: 20 - twos } };
    };
    const { trials } = runAlgorithm(nsga2({ populationSize: 20 }), space, {
      metrics: { score: 'maximize', cost: 'minimize' },
      order: 'in-order',
      seed: 1,
      trials: 1_000,
      window: 4,
      completion: new RandomStream(rngFromSeed(1)),
      evaluate,
    });
    const late = trials.slice(-200).map((trial) => evaluate(trial));
    const sums = late.map((outcome) =>
      outcome.kind === 'scored' ? (outcome.metrics['score'] ?? 0) + 20 - (outcome.metrics['cost'] ?? 0) : 0,
    );
    const scores = late.map((outcome) => (outcome.kind === 'scored' ? (outcome.metrics['score'] ?? 0) : 0));
    // Random points reach a sum of 8; the front has 20.
    expect(sums.reduce((sum, value) => sum + value, 0) / sums.length).toBeGreaterThan(14);
    expect(Math.max(...scores) - Math.min(...scores)).toBeGreaterThan(5);
  });

  test('each individual is in one species once, and a species keeps its first member', () => {
    const speciate = operations.speciation({ threshold: 0.5 });
    const { items, globals } = apply(speciate, [1, 2, 3, 4, 5, 6, 7]);
    const members = items.map((group) =>
      'id' in group ? [] : group.map((item) => ('id' in item ? item.id : -1)),
    );
    expect(members).toEqual([[0, 5], [1, 6], [2], [3], [4]]);
    expect(globals['species']).toHaveLength(5);
  });

  test('the random phase ends although most trials are infeasible', () => {
    const reference = evolution({
      initial: { size: 10, maximumProposals: 30 },
      reproduce: pipe(top(1), mutation({ avoid: true })),
      update: last(10),
    });
    const evaluate = ({ index, genome }: { readonly index: number; readonly genome: Genome }): Outcome =>
      index % 10 === 0
        ? { kind: 'scored', metrics: { score: agreement(genome) } }
        : { kind: 'infeasible', reason: 'too large' };
    const { trials } = runAlgorithm(reference, space, {
      order: 'in-order',
      seed: 1,
      trials: 60,
      window: 1,
      evaluate,
    });
    const distance = (a: Genome, b: Genome): number => a.filter((number, i) => number !== b[i]).length;
    const parents = trials.filter(({ index }) => index < 30 && index % 10 === 0);
    const child = trials[30]?.genome ?? [];
    expect(Math.min(...parents.map(({ genome }) => distance(genome, child)))).toBe(1);
  });

  test('every draw of a permutation operator changes something', () => {
    const orders = view(permutation(['a', 'b', 'c', 'd']));
    const parent = { id: 0, genome: [0, 1, 2, 3], generation: 1, initial: true, parents: [] };
    const context = { rng: rngFromSeed(1), step: 0, view: orders, globals: {}, generation: 2, rejected: [] };
    for (const operator of ['resample', 'swap', 'local'] as const) {
      const { items } = applyOperation(repeat(mutation({ operator }), 100), [parent], context);
      expect(items).toHaveLength(100);
      expect(items.every((item) => 'id' in item && item.genome.join() !== '0,1,2,3')).toBe(true);
    }
  });

  test('immigrants are new points', () => {
    const { items } = apply(immigrants(3), [1]);
    expect(new Set(items.map((item) => JSON.stringify(item))).size).toBe(3);
  });

  test('an operation sees how many items there are', () => {
    expect(ids(when(['>', ['path', 'len'], 2], top(1)), [1, 5, 3])).toEqual([1]);
  });
});

describe('dedupe', () => {
  const small = view({ a: oneOf([0, 1, 2]), b: oneOf([0, 1]) });
  test('a duplicate is recorded with the result that is known', () => {
    const reference = dedupe(random(), { onDuplicate: { reward: 'mean' } });
    const algorithm = bindAlgorithm(reference, small, [score], rngFromSeed(1), 'in-order');
    let state = algorithm.init();
    let known = 0;
    for (let index = 0; index < 30; index += 1) {
      const { state: after, action } = algorithm.propose(state, index);
      if (action.kind !== 'trial') throw new Error('A trial was expected.');
      const trial = { ...action.proposal, index };
      const [a = 0, b = 0] = trial.genome;
      const outcome: Outcome = { kind: 'scored', metrics: { score: 10 * a + b } };
      if (trial.known !== undefined) {
        known += 1;
        expect(trial.known).toEqual(outcome);
      }
      state = algorithm.tell(after, [{ trial, outcome }]);
    }
    expect(known).toBe(24);
  });

  test('a wrong inner algorithm is refused', () => {
    const wrong = dedupe({ name: 'unheardOf', version: 1, config: {} });
    expect(() => bindAlgorithm(wrong, small, [score], rngFromSeed(1), 'in-order')).toThrow(AlgorithmError);
  });
});

describe('stopping policies', () => {
  test('a negation stops nothing before its gate, and all parts of a disjunction are asked', () => {
    const early = { trial: 1, step: 1, metrics: { score: 9 } };
    expect(observeMeasurement(notStopped(byValue([[5, 1]])), initialStoppingState, early).stop).toBe(false);
    const both = anyOf(byValue([[1, 10]]), byValue([[1, 20]]));
    const { state, stop } = observeMeasurement(both, initialStoppingState, early);
    expect(stop).toBe(true);
    expect(Object.keys(state.answers)).toHaveLength(2);
  });
});

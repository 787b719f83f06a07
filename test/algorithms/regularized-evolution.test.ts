import { describe, expect, test } from 'vitest';
import {
  bindAlgorithm,
  random,
  regularizedEvolution,
  type AlgorithmReference,
  type Metric,
  type Outcome,
  type RegularizedEvolutionOptions,
} from '../../algorithms/index.js';
import { RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/views/genome.js';
import { oneOf, view } from '../../search-spaces/index.js';
import { scoredOutcome } from '../../testing/index.js';
import { runAlgorithm } from '../support/algorithm-run.js';

const metrics: readonly Metric[] = [{ name: 'score', goal: 'maximize' }];
const space = Array.from({ length: 20 }, () => oneOf([0, 1, 2, 3, 4]));
/** How many decisions agree with a target. */
const agreement = (genome: Genome): number =>
  genome.reduce((sum, number, place) => sum + (number === (place * 3) % 5 ? 1 : 0), 0);

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

const evolution = (options: RegularizedEvolutionOptions) =>
  bindAlgorithm(regularizedEvolution(options), view(space), metrics, rngFromSeed(1), 'as-completed');

const genomeOf = (state: ReturnType<ReturnType<typeof evolution>['propose']>): Genome => {
  if (state.action.kind !== 'trial') throw new Error('a trial was expected');
  return state.action.proposal.genome;
};
const distance = (a: Genome, b: Genome): number => a.filter((number, place) => number !== b[place]).length;

describe('regularizedEvolution', () => {
  test.each([1, 2, 3])('finds better points than random search, seed %i', (seed) => {
    const evolved = bestOf(regularizedEvolution({ populationSize: 40, tournamentSize: 10 }), seed);
    expect(evolved).toBeGreaterThanOrEqual(bestOf(random(), seed) + 4);
  });

  test('proposes at random until enough scores were told, however many trials are outstanding', () => {
    const algorithm = evolution({ populationSize: 4, tournamentSize: 4 });
    let state = algorithm.init();
    const genomes: Genome[] = [];
    for (let index = 0; index < 10; index += 1) {
      const proposed = algorithm.propose(state, index);
      genomes.push(genomeOf(proposed));
      state = proposed.state;
    }
    const tell = (index: number, outcome: Outcome): void => {
      state = algorithm.tell(state, [{ trial: { index, genome: genomes[index] ?? [] }, outcome }]);
    };
    tell(0, { kind: 'infeasible', reason: 'too large' });
    for (const index of [1, 2, 3]) tell(index, { kind: 'scored', metrics: { score: index } });
    const stillRandom = genomeOf(algorithm.propose(state, 10));
    expect(genomes.every((genome) => distance(genome, stillRandom) > 1)).toBe(true);
    tell(4, { kind: 'stopped', step: 2, metrics: { score: -1 } });
    // The tournament is the whole population: the parent is the best, and one decision of it changes.
    expect(distance(genomeOf(algorithm.propose(state, 10)), genomes[3] ?? [])).toBe(1);
    // The oldest leave: after four worse ones the best is forgotten.
    for (const index of [5, 6, 7, 8]) tell(index, { kind: 'scored', metrics: { score: -index } });
    expect(distance(genomeOf(algorithm.propose(state, 10)), genomes[5] ?? [])).toBe(1);
  });

  test('the random phase ends without enough scores after ten proposals per place', () => {
    const algorithm = evolution({ populationSize: 3, tournamentSize: 2 });
    let state = algorithm.init();
    let first: Genome = [];
    for (let index = 0; index < 30; index += 1) {
      const proposed = algorithm.propose(state, index);
      if (index === 0) first = genomeOf(proposed);
      state = proposed.state;
    }
    const before = genomeOf(algorithm.propose(state, 30));
    state = algorithm.tell(state, [
      { trial: { index: 0, genome: first }, outcome: { kind: 'scored', metrics: { score: 1 } } },
    ]);
    expect(distance(before, first)).toBeGreaterThan(1);
    expect(distance(genomeOf(algorithm.propose(state, 30)), first)).toBe(1);
  });

  test.each<[string, Record<string, number | string>, RegExp]>([
    [
      'a tournament larger than the population',
      { populationSize: 5, tournamentSize: 6 },
      /'tournamentSize'.*from 2 to 5/,
    ],
    ['a population of one', { populationSize: 1 }, /'populationSize'/],
    ['an unknown mutation', { mutate: 'flip' }, /'mutate'.*local, resample, swap.*'flip'/],
    ['an unknown field', { size: 5 }, /no field 'size'/],
  ])('refuses %s', (_title, config, message) => {
    const reference = { ...regularizedEvolution(), config };
    expect(() => bindAlgorithm(reference, view(space), metrics, rngFromSeed(1), 'in-order')).toThrow(message);
  });
});

test('the builder writes its default population; a stored configuration without one keeps 100 and 10', () => {
  expect(regularizedEvolution().config).toEqual({ populationSize: 20, tournamentSize: 5 });
  expect(regularizedEvolution({ tournamentSize: 30 }).config).toEqual({
    populationSize: 30,
    tournamentSize: 30,
  });
  expect(regularizedEvolution({ populationSize: 50 }).config).toEqual({ populationSize: 50 });
  const bound = (config: AlgorithmReference['config']) =>
    bindAlgorithm({ ...regularizedEvolution(), config }, view(space), metrics, rngFromSeed(1), 'in-order');
  const largest = (config: AlgorithmReference['config']): unknown => {
    const algorithm = bound(config);
    return algorithm.describe?.(algorithm.init())?.figures.find(({ name }) => name === 'largest population')
      ?.value;
  };
  expect(largest({})).toBe(100);
  expect(largest(regularizedEvolution().config)).toBe(20);
});

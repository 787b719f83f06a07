import { fork, RandomStream } from '../../foundation/numbers/index.js';
import { mutate, sample, type MutationOperator } from '../../search-spaces/variation/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { Algorithm, SearchProblem } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { ToldTrial } from '../contract/trial.js';
import { Configuration } from '../contract/configuration.js';
import { largestGenomeBytes } from '../contract/genome-bytes.js';
import { priorFields, priorUse, readPriorFields } from '../contract/prior-points.js';
import { optimisedMetric, scoreOf } from '../contract/score.js';
import { isFiniteNumber, readFields, readGenome, readInteger, readList } from '../contract/state-shape.js';

const mutationOperators: readonly MutationOperator[] = ['local', 'resample', 'swap'];

/** Options of regularised evolution; all have defaults. */
export interface RegularizedEvolutionOptions {
  /** Number of trials that can be parents: the latest told ones that have a score. Default 20. */
  readonly populationSize?: number;
  /**
   * Number of them drawn for each proposal, of which the best is the parent. Default 5; 10, or the whole population, of a
   * size that is given.
   */
  readonly tournamentSize?: number;
  /** How the parent becomes a child. Default `local`. */
  readonly mutate?: MutationOperator;
  /** Names of earlier searches in this home: their ten best points are tried first. */
  readonly from?: readonly string[];
}

export type RegularizedEvolutionConfig = {
  readonly populationSize: number;
  readonly tournamentSize: number;
  readonly mutate: MutationOperator;
};

type Individual = { readonly genome: Genome; readonly score: number };

export type RegularizedEvolutionState = {
  /** Random proposals made so far. */
  readonly randomProposals: number;
  /** The latest told trials with a score, oldest first. */
  readonly population: readonly Individual[];
};

type Problem = SearchProblem<RegularizedEvolutionConfig>;

const name = 'regularizedEvolution';
const version = 1;

/** The random phase ends with this many proposals per member of a full population, if any of them has a score. */
const randomProposalsPerPlace = 10;

/**
 * Regularised (aging) evolution (Real et al., 2019): random proposals until it knows `populationSize` trials with a
 * score; from then on it mutates the best of a random tournament, and the oldest of the population leaves for each new
 * score. Trials without a score are never parents. It never waits: however many trials are outstanding, a proposal
 * comes from the population as told so far. It never ends by itself; in a small space points repeat.
 */
export function regularizedEvolution(options: RegularizedEvolutionOptions = {}): AlgorithmReference {
  if (options.populationSize !== undefined) return { name, version, config: { ...options } };
  const { tournamentSize = 5, ...others } = options;
  return {
    name,
    version,
    config: { populationSize: Math.max(20, tournamentSize), tournamentSize, ...others },
  };
}

// A configuration without sizes, of a search from before the builder wrote them, keeps what it meant: 100 and 10.
export const regularizedEvolutionAlgorithm: Algorithm<RegularizedEvolutionConfig, RegularizedEvolutionState> =
  {
    name,
    version,
    orders: ['in-order', 'as-completed'],
    objectives: 'single',
    priors: priorUse,
    configure(config, _view, metrics) {
      const fields = new Configuration(name, config, [
        'populationSize',
        'tournamentSize',
        'mutate',
        ...priorFields,
      ]);
      // Its prior points are initial ones: it learns of them as of any trial.
      readPriorFields(name, fields);
      const populationSize = fields.integer('populationSize', 2, 10_000, 100);
      const wanted = fields.value('mutate') ?? 'local';
      const mutation = mutationOperators.find((known) => known === wanted);
      optimisedMetric(metrics);
      return {
        populationSize,
        tournamentSize: fields.integer('tournamentSize', 2, populationSize, Math.min(10, populationSize)),
        mutate: mutation ?? fields.refuse('mutate', `one of ${mutationOperators.join(', ')}`),
      };
    },
    maximumStateBytes: ({ view, config }) => 64 + config.populationSize * (32 + largestGenomeBytes(view)),
    init: () => ({ randomProposals: 0, population: [] }),
    propose(problem, state, index) {
      if (isRandomPhase(problem.config, state)) {
        const genome = sample(problem.view, stream(problem, 'init', index));
        const after = { ...state, randomProposals: state.randomProposals + 1 };
        return { state: after, action: { kind: 'trial', proposal: { genome } } };
      }
      const parent = tournament(problem, state.population, index);
      const genome = mutate(problem.view, parent, stream(problem, 'mutate', index), problem.config.mutate);
      return { state, action: { kind: 'trial', proposal: { genome } } };
    },
    tell(problem, state, told) {
      const scored = told.flatMap((one) => individualOf(problem, one));
      if (scored.length === 0) return state;
      return { ...state, population: [...state.population, ...scored].slice(-problem.config.populationSize) };
    },
    describe: ({ config }, { population, randomProposals }) => ({
      figures: [
        { name: 'population', value: population.length },
        { name: 'largest population', value: config.populationSize },
        { name: 'random proposals', value: randomProposals },
      ],
      groups: [],
      warning: null,
    }),
    readState(problem, value) {
      const fields = readFields(value, 'state', ['randomProposals', 'population']);
      return {
        randomProposals: readInteger(fields.randomProposals, 'state.randomProposals'),
        population: readList(
          fields.population,
          'state.population',
          problem.config.populationSize,
          (item, place) => {
            const individual = readFields(item, place, ['genome', 'score']);
            if (!isFiniteNumber(individual.score))
              throw new AlgorithmError(`${place}.score must be a finite number`);
            return {
              genome: readGenome(problem.view, individual.genome, `${place}.genome`),
              score: individual.score,
            };
          },
        ),
      };
    },
  };

/** The population only grows until it is full, so its length says how many scores were told. */
function isRandomPhase(config: RegularizedEvolutionConfig, state: RegularizedEvolutionState): boolean {
  if (state.population.length === 0) return true;
  if (state.population.length >= config.populationSize) return false;
  return state.randomProposals < randomProposalsPerPlace * config.populationSize;
}

function individualOf(problem: Problem, { trial, outcome }: ToldTrial): readonly Individual[] {
  const score = scoreOf(problem.metrics, outcome);
  return score === null ? [] : [{ genome: trial.genome, score }];
}

/** The best of a draw without replacement; among equals the one drawn first. */
function tournament(problem: Problem, population: readonly Individual[], index: number): Genome {
  const source = stream(problem, 'tournament', index);
  const size = Math.min(problem.config.tournamentSize, population.length);
  const places = population.map((_, place) => place);
  let best: Individual | undefined;
  for (let drawn = 0; drawn < size; drawn += 1) {
    const at = drawn + source.below(places.length - drawn);
    const place = places[at] ?? 0;
    places[at] = places[drawn] ?? 0;
    const individual = population[place];
    if (individual !== undefined && (best === undefined || individual.score > best.score)) best = individual;
  }
  if (best === undefined)
    throw new AlgorithmError(`${name} has no parent to choose: the population is empty`);
  return best.genome;
}

function stream(problem: Problem, purpose: string, index: number): RandomStream {
  return new RandomStream(fork(problem.rng, `${purpose}:${index}`));
}

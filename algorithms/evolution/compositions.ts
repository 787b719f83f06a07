import type { MutationOperator, Where } from '../../search-spaces/index.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import { evolution } from './evolution.js';
import {
  concat,
  crowdingSort,
  cycle,
  first,
  flatten,
  forEach,
  get,
  identity,
  last,
  mutation,
  nonDominatedSort,
  pipe,
  proportional,
  put,
  random,
  recombination,
  repeat,
  slice,
  speciation,
  top,
  when,
  type Operation,
  type RecombinationOperator,
} from './operation-builders.js';

/** The mutation of parents in the ready-made evolutions. */
export interface MutationChoice {
  /** Default `local`. */
  readonly mutate?: MutationOperator;
  /** The decisions that may change; default all. */
  readonly where?: Where;
}

const mutationOf = ({ mutate = 'local', where }: MutationChoice): Operation =>
  mutation({ operator: mutate, ...(where === undefined ? {} : { where }) });

/**
 * Regularised evolution (Real et al., 2019) as a composition. It follows the rules of `regularizedEvolution`, but draws
 * from other random streams; `regularizedEvolution` has the smaller state.
 */
export function composedRegularizedEvolution(
  options: MutationChoice & { readonly populationSize?: number; readonly tournamentSize?: number } = {},
): AlgorithmReference {
  const { populationSize = 100, tournamentSize = Math.min(10, populationSize) } = options;
  return evolution({
    initial: { size: populationSize },
    reproduce: pipe(random(tournamentSize), top(1), mutationOf(options)),
    update: last(populationSize),
    maximumPopulation: populationSize,
    maximumChildren: 1,
  });
}

/** Hill climbing: a batch of mutations of the best individual so far; of equally good ones the earlier stays. */
export function hillClimb(
  options: MutationChoice & { readonly batchSize?: number; readonly initialSize?: number } = {},
): AlgorithmReference {
  const { batchSize = 1, initialSize = 1 } = options;
  return evolution({
    initial: { size: initialSize },
    reproduce: pipe(top(1), repeat(mutationOf(options), batchSize)),
    update: top(1),
    maximumPopulation: 1,
    maximumChildren: batchSize,
  });
}

/**
 * NSGA-II (Deb et al., 2002) for several metrics: once `populationSize` individuals have scores, the update sorts them
 * and the elites by fronts and crowding, and the best become the elites, which take turns as parents. With a `crossover`,
 * the mate is the better of two elites drawn at random.
 */
export function nsga2(
  options: MutationChoice & {
    readonly populationSize?: number;
    readonly crossover?: RecombinationOperator;
  } = {},
): AlgorithmReference {
  const { populationSize = 50, crossover } = options;
  const nextElite = cycle('elites');
  const mate = pipe(get('elites'), random(2), nonDominatedSort, flatten(), first(1));
  const parents =
    crossover === undefined ? nextElite : pipe(concat(nextElite, mate), recombination(crossover), first(1));
  const select = pipe(
    concat(get('elites'), identity),
    nonDominatedSort,
    forEach(crowdingSort()),
    flatten(),
    first(populationSize),
    put('elites'),
    put('elitesCursor', 0),
    slice(0, 0),
  );
  return evolution({
    initial: { size: 2 * populationSize },
    reproduce: pipe(parents, mutationOf(options)),
    update: when(['>=', ['path', 'len'], populationSize], select),
    maximumPopulation: populationSize,
    maximumChildren: 2,
  });
}

/**
 * Evolution with species (after Stanley and Miikkulainen, 2002): speciation divides the latest generation, each species
 * has children in proportion to its mean score above the lowest, and one of its best `keep` is the parent of each child.
 */
export function neat(
  options: MutationChoice & {
    readonly populationSize?: number;
    readonly threshold?: number;
    readonly disjoint?: number;
    readonly matching?: number;
    readonly keep?: number;
  } = {},
): AlgorithmReference {
  const { populationSize = 50, threshold = 0.4, disjoint = 1, matching = 3, keep = 0.6 } = options;
  return evolution({
    initial: { size: populationSize },
    reproduce: pipe(
      speciation({ threshold, disjoint, matching }),
      proportional(populationSize, ['-', ['path', 'mean'], ['path', 'minimum']]),
      forEach(pipe(top(keep), random(1))),
      flatten(),
      mutationOf(options),
    ),
    update: top(1, { key: 'generation', cluster: true }),
    maximumPopulation: 2 * populationSize,
    maximumChildren: populationSize,
  });
}

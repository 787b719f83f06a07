import {
  findAlgorithm,
  random,
  type AlgorithmReference,
  type bindAlgorithm,
  type BoundAlgorithm,
  type CustomAlgorithm,
  type RegisteredAlgorithm,
  type StateValue,
  type TellingOrder,
} from '../algorithms/index.js';
import type { Space } from '../search-spaces/index.js';
import {
  activity,
  defineSearch,
  DefinitionError,
  planSearch,
  toDefinition,
  type SearchPlan,
} from '../searches/index.js';

/** A shipped algorithm as its builder makes it, or an algorithm of one's own: `{ ...register(mine), config }`. */
export type TestedAlgorithm = AlgorithmReference | CustomAlgorithm | OwnAlgorithm;

/** An algorithm that no registry knows, with the configuration as a definition would hold it. */
export type OwnAlgorithm = RegisteredAlgorithm & { readonly config: { readonly [key: string]: StateValue } };

/** A search of one level, as `defineSearch` takes it. */
export interface SimulatedSearchOptions {
  /** Name of the search: with the seed, the root of its randomness (`simulated`). */
  readonly name?: string;
  /** Seed of all randomness (0). */
  readonly seed?: number | string;
  /** Metrics by name (`{ score: 'maximize' }`). */
  readonly metrics?: Readonly<Record<string, 'maximize' | 'minimize' | 'observe'>>;
  /** Limits on metrics: a trial beyond one is infeasible. */
  readonly constraints?: Readonly<Record<string, { readonly atMost?: number; readonly atLeast?: number }>>;
  /** The order in which outcomes are told; by default the algorithm's natural one. */
  readonly order?: TellingOrder;
  /** Trial k is proposed from the outcomes up to trial k − window (16). */
  readonly window?: number;
  /** Trials that run at the same time (4). In order it changes no decision. */
  readonly concurrency?: number;
  /** Number of trials; an algorithm that ends by itself needs none. */
  readonly trials?: number;
}

const defaultWindow = 16;
const defaultConcurrency = 4;

/**
 * The plan that a durable search with these options has. `watched` may put itself between the search and the bound
 * algorithm. Throws `DefinitionError` or `AlgorithmError`, as the check of a search file does.
 */
export function simulatedPlan(
  algorithm: TestedAlgorithm,
  space: Space,
  options: SimulatedSearchOptions = {},
  watched: (bound: BoundAlgorithm) => BoundAlgorithm = (bound) => bound,
): SearchPlan {
  const { name = 'simulated', metrics = { score: 'maximize' }, window = defaultWindow, trials } = options;
  const { constraints, seed = 0 } = options;
  const own = 'bind' in algorithm ? algorithm : null;
  const reference = { name: algorithm.name, version: algorithm.version, config: algorithm.config };
  const checked = toDefinition(
    defineSearch({
      name,
      space,
      metrics,
      ...(constraints === undefined ? {} : { constraints }),
      // A definition names shipped algorithms alone: another one stands in while all the rest is checked.
      algorithm: 'bind' in algorithm ? random() : algorithm,
      order: options.order ?? (own ?? findAlgorithm(reference)).naturalOrder(reference.config),
      window,
      budget: {
        trials: trials ?? 1,
        concurrency: options.concurrency ?? Math.min(defaultConcurrency, window),
      },
      seed,
      evaluate: activity('simulated'),
    }),
    // The functions of a `custom` algorithm run in this process, and no bundle is read.
    { hash: '0'.repeat(64), packages: '' },
  );
  const levels = checked.levels.map((level) => ({
    ...level,
    algorithm: own === null ? level.algorithm : reference,
    budget: trials === undefined ? {} : level.budget,
  }));
  const bind: typeof bindAlgorithm = ({ config }, view, seen, rng, order) =>
    watched((own ?? findAlgorithm(reference)).bind(config, view, seen, rng, order));
  const plan = planSearch(name, { ...checked, levels }, 0, {}, bind);
  if (trials === undefined && !plan.algorithm.endsByItself) {
    throw new DefinitionError(
      'trials',
      `${algorithm.name} does not end by itself: say how many trials to run.`,
    );
  }
  return plan;
}

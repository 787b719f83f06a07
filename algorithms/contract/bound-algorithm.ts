import type { Rng } from '../../foundation/numbers/index.js';
import type { Genome, View } from '../../search-spaces/index.js';
import type {
  Action,
  Algorithm,
  AlgorithmProgram,
  LearnedPolicy,
  LibraryUse,
  SearchProblem,
  TellingOrder,
  UpdateResult,
} from './algorithm.js';
import { AlgorithmError } from './algorithm-error.js';
import type { CandidateCounts, Derivation } from './derivation.js';
import { checkSlice } from './slice.js';
import type { PriorUse } from './prior-points.js';
import type { StateValue } from './state-value.js';
import type { Metric, Proposal, ToldTrial } from './trial.js';
import type { AlgorithmDescription } from './description.js';
import { optimisedMetrics } from './score.js';

/** No algorithm may state a larger state than this, in encoded bytes. */
export const stateByteLimit = 262_144;

/**
 * An algorithm with its checked configuration and its problem, as the search loop uses it: states are plain values
 * whose type only the algorithm knows. It checks each state that it did not make itself, and throws `AlgorithmError`
 * for one that is no state of this algorithm.
 */
export interface BoundAlgorithm {
  readonly name: string;
  readonly version: number;
  readonly orders: readonly TellingOrder[];
  readonly objectives: 'single' | 'any';
  readonly order: TellingOrder;
  /** Whether it comes to `done` whatever the outcomes are. */
  readonly endsByItself: boolean;
  /** Whether its trials are slices of one training. */
  readonly slices: boolean;
  /** Upper bound of the encoded state in bytes, below `stateByteLimit`. */
  readonly maximumStateBytes: number;
  /** Metrics above which a trial is worth nothing to it. */
  readonly limits: Readonly<Record<string, number>>;
  init(): StateValue;
  /** `index` is the index that a proposed trial gets. */
  propose(state: StateValue, index: number): { readonly state: StateValue; readonly action: Action };
  tell(state: StateValue, told: readonly ToldTrial[]): StateValue;
  /** The part of an update that runs in an activity; present exactly in algorithms that propose updates. */
  readonly computeUpdate?: (
    bulk: Uint8Array | null,
    input: StateValue,
  ) => { readonly bulk: Uint8Array | null; readonly output: StateValue };
  /** The program of a user that computes the updates in place of `computeUpdate`, which then throws. */
  readonly program?: AlgorithmProgram;
  /** The part of an update that runs in the reducer; present exactly where `computeUpdate` is. */
  readonly applyUpdate?: (state: StateValue, result: UpdateResult) => StateValue;
  /** Reads a policy that an update left, and answers what draws from it; absent: no slice draws from a policy. */
  readonly drawer?: (policy: Uint8Array) => (rng: Rng) => Genome;
  /** The policy as it stands; null before there is one. Present where `drawer` is. */
  readonly policy?: (state: StateValue) => LearnedPolicy | null;
  /** What the algorithm has learned so far; null where that is nothing. Absent: it describes nothing. */
  readonly describe?: (state: StateValue) => AlgorithmDescription | null;
  /** Candidates for a full training, where the algorithm knows of more than its best results. */
  readonly derivation?: Derivation<StateValue>;
}

/** An algorithm as the registry knows it: its configuration and state types are hidden behind `bind`. */
export interface RegisteredAlgorithm {
  readonly name: string;
  readonly version: number;
  readonly orders: readonly TellingOrder[];
  readonly objectives: 'single' | 'any';
  /** The order of a search whose user names none; throws `AlgorithmError` for a configuration that cannot say. */
  readonly naturalOrder: (config: unknown) => TellingOrder;
  /** Present in algorithms that may start from the library of finished searches. */
  readonly library?: LibraryUse;
  /** Present in algorithms that may start from the points of earlier searches. */
  readonly priors?: PriorUse;
  readonly bind: (
    config: unknown,
    view: View,
    metrics: readonly Metric[],
    rng: Rng,
    order: TellingOrder,
    steps?: readonly number[],
  ) => BoundAlgorithm;
}

/** Hides the types of an algorithm's configuration and state. */
export function register<Config, State extends StateValue>(
  algorithm: Algorithm<Config, State>,
): RegisteredAlgorithm {
  const { name, version, orders, objectives } = algorithm;
  return {
    name,
    version,
    orders,
    objectives,
    naturalOrder: algorithm.naturalOrder ?? (() => orderByIndex(orders)),
    ...(algorithm.library === undefined ? {} : { library: algorithm.library }),
    ...(algorithm.priors === undefined ? {} : { priors: algorithm.priors }),
    bind(config, view, metrics, rng, order, steps) {
      checkProblem(algorithm, metrics, order);
      const configured = { view, metrics, config: algorithm.configure(config, view, metrics), rng, order };
      const problem = steps === undefined ? configured : { ...configured, steps };
      const maximumStateBytes = algorithm.maximumStateBytes(problem);
      if (!(maximumStateBytes < stateByteLimit)) {
        throw new AlgorithmError(
          `the state of ${name} could take ${maximumStateBytes} bytes for this space, the limit is ${stateByteLimit}: ` +
            `use a smaller configuration or a smaller space`,
        );
      }
      return boundAlgorithm(algorithm, problem, maximumStateBytes);
    },
  };
}

/** `in-order` where an algorithm is exact under it. */
function orderByIndex(orders: readonly TellingOrder[]): TellingOrder {
  return orders.includes('in-order') ? 'in-order' : 'as-completed';
}

function checkProblem<Config, State extends StateValue>(
  algorithm: Algorithm<Config, State>,
  metrics: readonly Metric[],
  order: TellingOrder,
): void {
  if (!algorithm.orders.includes(order)) {
    throw new AlgorithmError(
      `${algorithm.name} does not work with trials told ${order}, only ${algorithm.orders.join(' or ')}`,
    );
  }
  const optimised = optimisedMetrics(metrics);
  if (algorithm.objectives === 'single' && optimised.length !== 1) {
    const found = optimised.length === 0 ? 'none' : optimised.map((metric) => metric.name).join(', ');
    throw new AlgorithmError(
      `${algorithm.name} needs exactly one metric to maximize or minimize, the search has ${found}: ` +
        `declare the others 'observe' or give the search an objective`,
    );
  }
}

function boundAlgorithm<Config, State extends StateValue>(
  algorithm: Algorithm<Config, State>,
  problem: SearchProblem<Config>,
  maximumStateBytes: number,
): BoundAlgorithm {
  const { name, version, orders, objectives, update, describe, drawer, policy } = algorithm;
  const slices = algorithm.slices?.(problem) ?? false;
  // States made here need no second check. The cache goes by identity, so it cannot change what any call returns.
  const own = new WeakMap<object, State>();
  const keep = (state: State): State => {
    if (typeof state === 'object' && state !== null) own.set(state, state);
    return state;
  };
  const read = (value: StateValue): State => {
    const known = typeof value === 'object' && value !== null ? own.get(value) : undefined;
    if (known !== undefined) return known;
    try {
      return keep(algorithm.readState(problem, value));
    } catch (error) {
      if (!(error instanceof AlgorithmError)) throw error;
      throw new AlgorithmError(
        `this is not a state of ${name} for this search: ${error.message}; ` +
          `use the build that wrote it, or start a new search`,
      );
    }
  };
  const derivation = algorithm.derivation?.(problem) ?? null;
  const program = algorithm.program?.(problem) ?? null;
  return {
    name,
    version,
    orders,
    objectives,
    order: problem.order,
    endsByItself: algorithm.endsByItself?.(problem) ?? false,
    slices,
    maximumStateBytes,
    limits: algorithm.limits?.(problem) ?? {},
    init: () => keep(algorithm.init(problem)),
    propose(state, index) {
      const proposed = algorithm.propose(problem, read(state), index);
      if (proposed.action.kind === 'trial') checkProposal(name, slices, proposed.action.proposal, index);
      return { state: keep(proposed.state), action: proposed.action };
    },
    tell: (state, told) => keep(algorithm.tell(problem, read(state), told)),
    ...(update === undefined
      ? {}
      : {
          computeUpdate: (bulk: Uint8Array | null, input: StateValue) => update.compute(problem, bulk, input),
          applyUpdate: (state: StateValue, result: UpdateResult) =>
            keep(update.apply(problem, read(state), result)),
        }),
    ...(program === null ? {} : { program }),
    ...(drawer === undefined ? {} : { drawer: (policy: Uint8Array) => drawer(problem, policy) }),
    ...(policy === undefined ? {} : { policy: (state: StateValue) => policy(problem, read(state)) }),
    ...(describe === undefined ? {} : { describe: (state: StateValue) => describe(problem, read(state)) }),
    ...(derivation === null
      ? {}
      : {
          derivation: {
            limits: derivation.limits,
            bulk: (state: StateValue) => derivation.bulk(read(state)),
            derive: (state: StateValue, bulk: Uint8Array | null, counts: CandidateCounts) =>
              derivation.derive(read(state), bulk, counts),
          },
        }),
  };
}

/** Slices come from algorithms that say so, all of whose proposals are slices. */
function checkProposal(name: string, slices: boolean, { slice, continues }: Proposal, index: number): void {
  if (slice === undefined) {
    if (!slices) return;
    throw new AlgorithmError(`${name} works in slices and proposes trial ${index} without one`);
  }
  if (!slices)
    throw new AlgorithmError(
      `${name} proposes trial ${index} as a slice and does not say that it works in slices`,
    );
  try {
    checkSlice(slice);
  } catch (error) {
    if (!(error instanceof AlgorithmError)) throw error;
    throw new AlgorithmError(`${name} proposes trial ${index} with a wrong slice: ${error.message}`);
  }
  if (continues !== undefined && continues >= index)
    throw new AlgorithmError(
      `${name} lets trial ${index} continue trial ${continues}, which does not come before it`,
    );
}

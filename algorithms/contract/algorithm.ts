import type { Rng } from '../../foundation/numbers/index.js';
import type { Genome, View } from '../../search-spaces/views/index.js';
import type { AlgorithmReference } from './algorithm-reference.js';
import type { Derivation } from './derivation.js';
import type { AlgorithmDescription } from './description.js';
import type { PriorUse } from './prior-points.js';
import type { StateValue } from './state-value.js';
import type { Metric, Proposal, ToldTrial } from './trial.js';

/**
 * A search algorithm as pure reducers (design §4): no I/O, clock or hidden state; arguments are never changed.
 * No call takes more than 100 ms and the cost of one trial does not grow with the number of trials.
 *
 * The search calls `configure`, then `init`, once. Before each index it calls `propose`, and by what that asks for:
 *  - `trial`: the search keeps the new state, evaluates the proposal under this index and goes on to the next one.
 *  - `wait`: the search drops the new state, calls `tell` with at least one outcome and asks again for this index.
 *  - `update`: an activity runs `update.compute`, the search calls `update.apply` and asks again for this index.
 *  - `done`: the search never calls `propose` again, but still tells the outstanding outcomes.
 *
 * `tell` comes once for every index: by index (`in-order`, at most a window behind the proposals) or as outcomes arrive
 * (`as-completed`). It also brings trials that the algorithm did not propose: a user may enqueue a point, which takes
 * the index instead and drops the state of the `propose` that asked for it. Between any two calls the search may write
 * the state down as bytes, and `readState` checks it in another process.
 */
export interface Algorithm<Config, State extends StateValue> {
  /** Name in definitions and in the registry. */
  readonly name: string;
  /** Raised whenever the same state could lead to another proposal than before. */
  readonly version: number;
  /** Telling orders under which the algorithm is exact. */
  readonly orders: readonly TellingOrder[];
  /**
   * The order of a search whose user names none, by the configuration as a definition holds it. By default `in-order`
   * where `orders` has it: then a trajectory does not depend on which worker is slow.
   */
  readonly naturalOrder?: (config: unknown) => TellingOrder;
  /** `single`: needs exactly one optimised metric. `any`: works with several. */
  readonly objectives: 'single' | 'any';
  /** Checks and completes a configuration read from JSON; throws `AlgorithmError` that names the field. */
  readonly configure: (config: unknown, view: View, metrics: readonly Metric[]) => Config;
  /** Whether it comes to `done` whatever the outcomes are, so that a search needs no budget. By default it does not. */
  readonly endsByItself?: (problem: SearchProblem<Config>) => boolean;
  /**
   * Whether its trials are slices of one training: each proposal has a `slice`, and the search counts only trials under
   * the last weights as results. By default they are not.
   */
  readonly slices?: (problem: SearchProblem<Config>) => boolean;
  /**
   * Present in algorithms whose slices draw from a policy: reads the policy from the bulk that an update left, and
   * answers the function that draws one genome with a stream of random numbers.
   */
  readonly drawer?: (problem: SearchProblem<Config>, policy: Uint8Array) => (rng: Rng) => Genome;
  /**
   * Present where `drawer` is: the policy as it stands, from which the paths of a training under shared weights are
   * drawn; null before there is one.
   */
  readonly policy?: (problem: SearchProblem<Config>, state: State) => LearnedPolicy | null;
  /** Upper bound in bytes of the encoded state for this problem; below 262,144. */
  readonly maximumStateBytes: (problem: SearchProblem<Config>) => number;
  /** Present in algorithms that may start from the library of finished searches. */
  readonly library?: LibraryUse;
  /** Present in algorithms that may start from the points of earlier searches. */
  readonly priors?: PriorUse;
  /** Metrics above which a trial is worth nothing to the algorithm, so that the search may skip evaluating it. */
  readonly limits?: (problem: SearchProblem<Config>) => Readonly<Record<string, number>>;
  readonly init: (problem: SearchProblem<Config>) => State;
  /** `index` is the index that a proposed trial gets. */
  readonly propose: (
    problem: SearchProblem<Config>,
    state: State,
    index: number,
  ) => { readonly state: State; readonly action: Action };
  readonly tell: (problem: SearchProblem<Config>, state: State, told: readonly ToldTrial[]) => State;
  /** Checks that a value read back is a state of this algorithm for this problem; throws `AlgorithmError`. */
  readonly readState: (problem: SearchProblem<Config>, value: StateValue) => State;
  /** Present exactly in algorithms that propose updates. */
  readonly update?: AlgorithmUpdate<Config, State>;
  /**
   * The program of a user that computes the updates in place of `update.compute`; null where none does. It may answer
   * otherwise when it is asked again, so the journal keeps its answers.
   */
  readonly program?: (problem: SearchProblem<Config>) => AlgorithmProgram | null;
  /** What the algorithm has learned so far; null where that is nothing. Decides nothing; takes a few milliseconds. */
  readonly describe?: (problem: SearchProblem<Config>, state: State) => AlgorithmDescription | null;
  /**
   * Present in algorithms that learn of points worth a full training beside the best results; null for a problem where
   * they do not.
   */
  readonly derivation?: (problem: SearchProblem<Config>) => Derivation<State> | null;
}

/** How a configuration, as a definition holds it, names records of the library. */
export interface LibraryUse {
  /** The records to choose from: all of the library, or those of these hashes; null: it names none. */
  readonly from: (config: unknown) => 'library' | readonly string[] | null;
  /** The records and the space that it was resolved to; null: it was not. */
  readonly snapshot: (config: unknown) => LibrarySnapshot | null;
  /** The configuration resolved to these. */
  readonly resolved: (
    config: AlgorithmReference['config'],
    snapshot: LibrarySnapshot,
  ) => AlgorithmReference['config'];
}

/** The records that a search may start from, by the hash of their snapshot, and the hash of the search's space. */
export type LibrarySnapshot = { readonly hash: string; readonly space: string };

/** A program of a user that decides in place of this build: functions of a search file, or a command line. */
export type AlgorithmProgram = {
  /** Milliseconds after which an answer is too late. */
  readonly timeout: number;
} & (
  | {
      readonly kind: 'functions';
      /** Hash of the bundled search file in the artifact store. */
      readonly bundle: string;
    }
  | { readonly kind: 'command'; readonly command: string }
);

/** What never changes during a search and every reducer call may read: it is not part of the state. */
export interface SearchProblem<Config> {
  readonly view: View;
  readonly metrics: readonly Metric[];
  readonly config: Config;
  /** Root of all randomness of this level: fork it, never advance it in place. */
  readonly rng: Rng;
  readonly order: TellingOrder;
  /**
   * The steps, ascending, at which an algorithm around this one ends trials: a told trial's `until` is one of them.
   * Absent: trials run to their end.
   */
  readonly steps?: readonly number[];
}

/** A policy that an algorithm has learned. */
export interface LearnedPolicy {
  /** Hash of the bulk that `drawer` reads. */
  readonly bulk: string;
  /** The genome that it would derive now. */
  readonly mostProbable: Genome;
}

/** The search tells outcomes by index (`in-order`) or as they arrive (`as-completed`). */
export type TellingOrder = 'in-order' | 'as-completed';

/** What an algorithm wants next. */
export type Action =
  | { readonly kind: 'trial'; readonly proposal: Proposal }
  /** Nothing to propose until the search tells at least one more outcome. */
  | { readonly kind: 'wait' }
  /** A computation for an activity; the search asks and tells nothing until it has applied the result. */
  | { readonly kind: 'update'; readonly request: UpdateRequest }
  /** The algorithm will never propose again (exhausted space, finished schedule). */
  | { readonly kind: 'done' };

/** Input of an update: the hash of the bulk in the artifact store (null at first) and the small part. */
export interface UpdateRequest {
  readonly bulk: string | null;
  readonly input: StateValue;
}

/** Result of an update as the reducer sees it. */
export interface UpdateResult {
  readonly bulk: string | null;
  readonly output: StateValue;
}

/** The two halves of an update: `compute` runs in an activity, `apply` in the reducer. */
export interface AlgorithmUpdate<Config, State extends StateValue> {
  readonly compute: (
    problem: SearchProblem<Config>,
    bulk: Uint8Array | null,
    input: StateValue,
  ) => { readonly bulk: Uint8Array | null; readonly output: StateValue };
  readonly apply: (problem: SearchProblem<Config>, state: State, result: UpdateResult) => State;
}

import type { Rng } from '../../foundation/numbers/index.js';
import type { Genome, View } from '../../search-spaces/views/index.js';
import type { AlgorithmDescription } from './description.js';

/** What the search wants of a metric; an `observe` metric is recorded and never decides anything. */
export type Goal = 'maximize' | 'minimize' | 'observe';

/** A declared metric. A trial beyond a limit is infeasible for the algorithm and for `best`. */
export interface Metric {
  readonly name: string;
  readonly goal: Goal;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** Named finite numbers that a trial reports. */
export type Metrics = Readonly<Record<string, number>>;

/**
 * A plain value that survives encode and decode unchanged: JSON in which any value may also be a `Uint8Array`.
 * Algorithm states, and the inputs and outputs of updates, are of this type.
 */
export type StateValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly StateValue[]
  | { readonly [key: string]: StateValue };

/** One rung of a gate: at the first report with step ≥ `step`, a trial whose metric is worse than `threshold` stops. */
export interface GateRung {
  readonly step: number;
  readonly threshold: number;
}

/**
 * An early-stopping rule frozen when the trial is proposed. Whether the trial stops is a pure function of the gate
 * and of the trial's own reports, so it is decided in the evaluating process without a round trip.
 */
export type Gate = RungGate | CombinedGate;

/**
 * A gate on one metric. Rungs are in ascending order of step; a rung with threshold −MAX_VALUE (or +MAX_VALUE when
 * minimising) never stops a trial but asks for its report to be recorded in the outcome (`atGate`).
 */
export interface RungGate {
  readonly kind?: never;
  readonly metric: string;
  readonly goal: 'maximize' | 'minimize';
  readonly rungs: readonly GateRung[];
}

/** Gates that decide together; of `not`, nothing is said before its gate has decided. */
export type CombinedGate =
  { readonly kind: 'and' | 'or'; readonly of: readonly Gate[] } | { readonly kind: 'not'; readonly of: Gate };

/** What an algorithm proposes to evaluate. */
export interface Proposal {
  readonly genome: Genome;
  /** Early-stopping gate, frozen now. */
  readonly gate?: Gate;
  /** The step after which the trial is complete (successive halving); absent: run to the end. */
  readonly until?: number;
  /** Index of the trial from whose last checkpoint this one starts; it was told before. */
  readonly continues?: number;
  /** An outcome that is already known: recorded under this index and told, never evaluated. */
  readonly known?: Outcome;
}

/** A proposal with its place in the search. */
export interface Trial extends Proposal {
  readonly index: number;
}

/**
 * Of a combined gate: for each gate on one metric in it, in order, the values that decided its rungs; null for a rung
 * that a report jumped over.
 */
export type LeafValues = readonly (readonly (number | null)[])[];

/** What a trial ended with, as an algorithm hears it. */
export type Outcome =
  | {
      readonly kind: 'scored';
      readonly metrics: Metrics;
      /** Declared cost in the unit of the search's cost budget (steps, FLOPs), never seconds in `in-order`. */
      readonly cost?: number;
      /** The gate metric's value at each rung that was reached, in rung order. */
      readonly atGate?: readonly number[];
      readonly atLeaves?: LeafValues;
    }
  | {
      readonly kind: 'infeasible';
      readonly reason: string;
      /** What was known all the same, such as the costs of a network that was not trained. */
      readonly metrics?: Metrics;
      readonly cost?: number;
    }
  | {
      readonly kind: 'stopped';
      readonly step: number;
      readonly metrics?: Metrics;
      readonly cost?: number;
      readonly atGate?: readonly number[];
      readonly atLeaves?: LeafValues;
    }
  | {
      readonly kind: 'failed';
      readonly class: FailureClass;
      readonly message: string;
      readonly cost?: number;
    }
  | { readonly kind: 'cancelled' };

/** Why an evaluation failed (the evidence that each class needs: design §4). */
export type FailureClass =
  'OutOfMemory' | 'Diverged' | 'InvalidArchitecture' | 'BadInput' | 'Timeout' | 'Bug';

/** A trial together with its outcome; enqueued trials are told like proposed ones. */
export interface ToldTrial {
  readonly trial: Trial;
  readonly outcome: Outcome;
}

/** What never changes during a search and every reducer call may read: it is not part of the state. */
export interface SearchProblem<Config> {
  readonly view: View;
  readonly metrics: readonly Metric[];
  readonly config: Config;
  /** Root of all randomness of this level: fork it, never advance it in place. */
  readonly rng: Rng;
  readonly order: TellingOrder;
}

/** `in-order`: told by index. `as-completed`: told as outcomes arrive. */
export type TellingOrder = 'in-order' | 'as-completed';

/** What an algorithm wants next. */
export type Action =
  | { readonly kind: 'trial'; readonly proposal: Proposal }
  /** Nothing to propose until at least one more outcome is told. */
  | { readonly kind: 'wait' }
  /** A computation for an activity; nothing is proposed or told until its result is applied. */
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

/**
 * A search algorithm as pure reducers (design §4): no I/O, clock or hidden state; arguments are never changed.
 * No call takes more than 100 ms and the cost of one trial does not grow with the number of trials.
 */
export interface Algorithm<Config, State extends StateValue> {
  /** Name in definitions and in the registry. */
  readonly name: string;
  /** Raised whenever the same state could lead to another proposal than before. */
  readonly version: number;
  /** Telling orders under which the algorithm is exact. */
  readonly orders: readonly TellingOrder[];
  /** `single`: needs exactly one optimised metric. `any`: works with several. */
  readonly objectives: 'single' | 'any';
  /** Checks and completes a configuration read from JSON; throws `AlgorithmError` that names the field. */
  readonly configure: (config: unknown, view: View, metrics: readonly Metric[]) => Config;
  /** Upper bound in bytes of the encoded state for this problem; below 262,144. */
  readonly maximumStateBytes: (problem: SearchProblem<Config>) => number;
  /** Metrics above which a trial is worth nothing to it, whatever else it has: such a trial need not be evaluated. */
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
  /** What the algorithm has learned so far; null where that is nothing. Decides nothing; takes a few milliseconds. */
  readonly describe?: (problem: SearchProblem<Config>, state: State) => AlgorithmDescription | null;
  /** Present in algorithms that learn of points worth a full training beside the best results; null where not so here. */
  readonly derivation?: (problem: SearchProblem<Config>) => Derivation<State> | null;
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

/** How many candidates for a full training are asked for. */
export interface CandidateCounts {
  /** Best results of the search. */
  readonly best: number;
  /** Points drawn from what the algorithm has learned … */
  readonly draws: number;
  /** … and how many of them are kept, those of which it expects most. */
  readonly drawn: number;
}

/**
 * Why a point is a candidate: the most probable one (`greedy`), one of the best results (`best`), or drawn from what
 * the algorithm has learned (`drawn`).
 */
export type CandidateSource = 'greedy' | 'best' | 'drawn';

/** A point worth a full training, with the number that speaks for it: its reward, or what is expected; higher is better. */
export interface DerivedCandidate {
  readonly genome: Genome;
  readonly source: CandidateSource;
  readonly value: number | null;
}

/** A limit on a metric that a candidate must not exceed. */
export interface CandidateLimit {
  readonly metric: string;
  readonly atMost: number;
}

/** How candidates for a full training follow from a state; runs in an activity. */
export interface Derivation<State> {
  /** Limits beside those declared with the metrics: what breaks one is never chosen. */
  readonly limits: readonly CandidateLimit[];
  /** Name of the bulk that `derive` reads; null when there is none yet. */
  readonly bulk: (state: State) => string | null;
  /** The candidates, most trusted source first; a point may come from several sources. */
  readonly derive: (
    state: State,
    bulk: Uint8Array | null,
    counts: CandidateCounts,
  ) => readonly DerivedCandidate[];
}

/** How a definition names an algorithm: plain data made by a builder such as `regularizedEvolution({...})`. */
export interface AlgorithmReference {
  readonly name: string;
  readonly version: number;
  readonly config: { readonly [key: string]: StateValue };
}

/** A configuration, metric list or space that an algorithm cannot work with. */
export class AlgorithmError extends Error {
  override readonly name = 'AlgorithmError';
}

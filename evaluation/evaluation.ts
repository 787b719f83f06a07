import type { Gate, Metrics, Outcome, Slice } from '../algorithms/contract/index.js';
import type { Json } from '../foundation/json/index.js';
import type { Genome } from '../search-spaces/views/index.js';
import type { Evaluator, SearchSetting } from '../searches/definition/index.js';

/** Arguments of the activity `evaluate`. */
export interface EvaluateInput extends LightEvaluateInput {
  /** Seed of the trial, 16 hexadecimal digits. */
  readonly seed: string;
}

/** Arguments of the activity `evaluateLight`, which computes the seed only when the evaluator reads it. */
export interface LightEvaluateInput {
  /** Id of the search: the workflow id, such as `co-design/3/architecture/12`. */
  readonly search: string;
  /** Hash of the `SearchSetting` in the artifact store. */
  readonly address: string;
  readonly index: number;
  readonly genome: Genome;
  readonly until?: number;
  readonly gate?: Gate;
  /** Index of the trial of the same search from whose last checkpoint this one starts. */
  readonly continues?: number;
  /** The part of a shared training that the trial is; absent: it is a trial of its own. */
  readonly slice?: Slice;
  /** Key under which a pure evaluator's result is shared between trials; absent when it is not shared. */
  readonly content?: string;
  /**
   * How many evaluations of the trial failed or ran out of time before the search asked for this one (0 at first);
   * part of no decision. The name is recorded.
   */
  readonly repetition: number;
  /** Id of the store that the search belongs to; absent: of none, and every worker may serve it. */
  readonly store?: string;
}

/** What `evaluate` and `evaluateLight` return. */
export type EvaluateResult =
  | {
      readonly kind: 'finished';
      readonly outcome: Outcome;
      /** Hash of the trial record (all reports, attributes, log) in the artifact store. */
      readonly record?: string;
      /** The result was not computed for this trial but found under its content key. */
      readonly reused?: boolean;
      /** The result depended on wall-clock time and is never reused. */
      readonly timed?: boolean;
      /** Attempts ran on different kinds of machine. */
      readonly mixed?: boolean;
    }
  /** The search or its worker stopped the evaluation for now; the next attempt goes on from the checkpoint. */
  | { readonly kind: 'parked'; readonly step: number | null };

/** Failure type with which `evaluate` gives up after repeated losses without a further checkpoint step. */
export { repeatedlyLost } from '../searches/loop/index.js';

/** Arguments of the activity `measure`. */
export interface MeasureInput {
  readonly search: string;
  readonly address: string;
  readonly index: number;
  readonly genome: Genome;
  readonly store?: string;
  /** The best trial of the inner search: parameters of each inner level by name, and its metrics. */
  readonly inner: InnerResult;
}

/** What an inner search hands to `measure` and to the outer trial. */
export interface InnerResult {
  readonly search: string;
  readonly metrics: Metrics;
  /** Parameters of the best inner trial by level name, the level itself and those inside it. */
  readonly parameters: Readonly<Record<string, Json>>;
}

/** Re-exported so that evaluators and settings can be described next to the inputs that need them. */
export type { Evaluator, SearchSetting };

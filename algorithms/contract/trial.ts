import type { Genome } from '../../search-spaces/views/index.js';
import type { Slice } from './slice.js';

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

/** Gates that decide together; a `not` says nothing before its gate has decided. */
export type CombinedGate =
  { readonly kind: 'and' | 'or'; readonly of: readonly Gate[] } | { readonly kind: 'not'; readonly of: Gate };

/** What an algorithm proposes to evaluate. */
export interface Proposal {
  readonly genome: Genome;
  /** Early-stopping gate, frozen now. */
  readonly gate?: Gate;
  /** The step after which the trial is complete (successive halving); absent: run to the end. */
  readonly until?: number;
  /** Index of the trial from whose last checkpoint this one starts; the search told its outcome before. */
  readonly continues?: number;
  /** An outcome that is already known: the search records it under this index and tells it, without an evaluation. */
  readonly known?: Outcome;
  /** The part of a shared training that this trial is; every proposal of an algorithm with slices has one. */
  readonly slice?: Slice;
}

/** A proposal with its index in the search. */
export interface Trial extends Proposal {
  readonly index: number;
}

/**
 * Of a combined gate: for each gate on one metric in it, in order, the values that decided its rungs; null for a rung
 * that a report jumped over.
 */
export type LeafValues = readonly (readonly (number | null)[])[];

/** What a trial ended with, as the search tells it to its algorithm. */
export type Outcome =
  | {
      readonly kind: 'scored';
      readonly metrics: Metrics;
      /** Declared cost in the unit of the search's cost budget (steps, FLOPs), never seconds in `in-order`. */
      readonly cost?: number;
      /** The gate metric's value at each rung that was reached, in rung order. */
      readonly atGate?: readonly number[];
      readonly atLeaves?: LeafValues;
      /** What a slice measured beside the metrics: at most 384 finite numbers, each a float32. */
      readonly values?: readonly number[];
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

/** Every class of failures: why an evaluation failed (the evidence that each class needs: design §4). */
export const failureClasses = [
  'OutOfMemory',
  'Diverged',
  'InvalidArchitecture',
  'BadInput',
  'Timeout',
  'Bug',
] as const;

/** Why an evaluation failed. */
export type FailureClass = (typeof failureClasses)[number];

/** A trial together with its outcome; the search tells enqueued trials like proposed ones. */
export interface ToldTrial {
  readonly trial: Trial;
  readonly outcome: Outcome;
}

import type { FailureClass, Metrics, Slice } from '../../algorithms/contract/index.js';
import type { CustomFunctions } from '../../algorithms/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { Genome, Space } from '../../search-spaces/index.js';
import type { SearchContext } from '../definition/definition.js';

/** The functions of a search file: what an evaluating process looks for in the bundle's default export. */
export interface SearchModule {
  readonly functions: {
    readonly evaluate?: EvaluateFunction;
    /** Trains a candidate in full, once the search has ended. */
    readonly retraining?: EvaluateFunction;
    /** Measure functions by level name. */
    readonly measures: Readonly<Record<string, MeasureFunction>>;
    /** Functions of `custom` algorithms by level name. */
    readonly algorithms?: Readonly<Record<string, CustomFunctions<Json>>>;
  };
}

/**
 * Evaluates a trial. Returns its metrics, `{ metrics, cost }`, `{ infeasible: reason, metrics }`, or a bare number when
 * exactly one metric is optimised; a promise of any of these. Nothing needs to be returned after `trial.shouldStop()`.
 */
export type EvaluateFunction = (parameters: Json, trial: TrialHandle) => unknown;

/** Adds a level's own metrics to those of the inner search's best trial; returns them. */
export type MeasureFunction = (context: SearchContext, parameters: Json, inner: InnerTrial) => unknown;

/** The best trial of an inner search as a measure function sees it. */
export interface InnerTrial {
  readonly search: string;
  readonly metrics: Metrics;
  /** Parameters by level name: the inner level and those inside it. */
  readonly parameters: Readonly<Record<string, Json>>;
}

/** Limits by metric beyond which a trial is infeasible, or worth nothing to the algorithm. */
export type TrialLimits = Readonly<Record<string, { readonly atMost?: number; readonly atLeast?: number }>>;

/** What an evaluate function knows of its trial and can do with it. */
export interface TrialHandle {
  readonly index: number;
  /** Seed of the trial, 16 hexadecimal digits: the same in every attempt. */
  readonly seed: string;
  /** 1 at first; rises by one with every start of the same trial. */
  readonly attempt: number;
  /** The worker aborts it to park the trial: save a checkpoint, then return or throw. */
  readonly signal: AbortSignal;
  /** Parameters of the outer levels by level name. */
  readonly context: SearchContext;
  /** Limits by metric: a trial known to be beyond one need not be evaluated but returns `{ infeasible, metrics }`. */
  readonly limits: TrialLimits;
  /** The step after which the trial is complete; absent: run to the end. */
  readonly until?: number;
  /** The part of a shared training that this trial is; null for a trial of its own. */
  readonly slice: Slice | null;
  /**
   * Hands back what a slice measured beside its metrics: at most 384 numbers, kept as float32. The last call counts. A
   * score hands back one number for each draw, in their order.
   */
  values(numbers: readonly number[]): void;
  /**
   * The architectures that this slice draws, from a place on (0): the same whenever they are asked for. Throws
   * `EvaluationError` (`BadInput`) for a trial that draws none.
   */
  draws(count: number, from?: number): Promise<readonly TrialDraw[]>;
  /**
   * What a slice has to know of its search: the space whose decisions share weights, the genome of this trial, and the
   * metric that rewards are (of several that are optimised, the first). Throws `EvaluationError` (`BadInput`) for a trial
   * that is no slice.
   */
  architecture(): Promise<TrialArchitecture>;
  /**
   * Reports metrics at a step (an integer ≥ 0). A step that was reported before is ignored, so a resumed trial may
   * repeat itself. Throws when a declared metric is NaN or infinite, which ends the trial as `Diverged`.
   */
  report(step: number, metrics: Metrics): void;
  /** True once the early-stopping gate has decided against the trial or a report has reached `until`. */
  shouldStop(): boolean;
  readonly checkpoint: TrialCheckpoints;
  /** Keeps a JSON value with the trial's record; all attributes of a trial may take 64 kB. */
  setAttribute(key: string, value: Json): void;
  /** Keeps a file in the artifact store under a name in the trial's record; returns its hash. */
  saveArtifact(name: string, path: string): Promise<string>;
  /**
   * The bytes of the artifact store that have this hash. Throws `EvaluationError` (`BadInput`) where they are missing or
   * damaged.
   */
  artifact(hash: string): Promise<Uint8Array>;
  /** Adds a line to the trial's log. */
  log(...values: readonly unknown[]): void;
}

/** An architecture that a slice draws; its parameters may violate declared constraints of the space. */
export interface TrialDraw {
  readonly genome: Genome;
  readonly parameters: Json;
}

/** The architecture of a slice, and what it is a point of. */
export interface TrialArchitecture {
  readonly space: Space;
  readonly genome: Genome;
  readonly reward: string;
}

/** Checkpoints of a trial: a next attempt, on this or another machine, goes on from the latest one. */
export interface TrialCheckpoints {
  /** Publishes bytes or a copy of a folder as the checkpoint at a step; resolved when it would survive a kill. */
  save(content: CheckpointContent, step: number): Promise<void>;
  /** The latest checkpoint of the trial, or of the trial that it continues; null when there is none. */
  latest(): Promise<Checkpoint | null>;
  /**
   * Of a slice, the last checkpoint of the trial that it continues, also when it has one of its own; null where it
   * continues none, and for a trial that is no slice.
   */
  continued(): Promise<Checkpoint | null>;
}

/** What a checkpoint keeps: bytes, or all files of a folder, given by its path. */
export type CheckpointContent = Uint8Array | { readonly folder: string };

/**
 * A checkpoint to go on from. `path` is the file with the bytes, or the folder; it must not be changed. `trial` is the
 * index of the trial that saved it: this one, or the one that it continues.
 */
export type Checkpoint = { readonly trial: number; readonly step: number; readonly path: string } & (
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'folder'; readonly folder: string }
);

/** Throw it in an evaluate function to end the trial with a failure class of your choice. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';

  constructor(
    readonly failureClass: FailureClass,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

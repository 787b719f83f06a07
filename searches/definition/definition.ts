import type {
  AlgorithmReference,
  CandidateCounts,
  FailureClass,
  Goal,
  Metric,
  TellingOrder,
} from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { Expression } from '../../search-spaces/expressions/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { Space } from '../../search-spaces/language/index.js';
import type { TableDescription } from './table-description.js';

/**
 * A search as plain data: everything that can change a decision, and the budgets. The workflow carries it, the first
 * record of the journal holds it, and the client compares it when a user starts a search of the same name again.
 */
export interface SearchDefinition {
  readonly format: 'duramen-search/1';
  readonly name: string;
  readonly seed: number | string;
  /** Outermost level first; each level but the last is evaluated by a search of the next one. */
  readonly levels: readonly LevelDefinition[];
  /** Evaluates a trial of the innermost level. */
  readonly evaluator: TrialEvaluator;
  /** What follows once the budget is spent. It changes no decision of the search. */
  readonly retraining?: RetrainingDefinition;
  readonly tags: readonly string[];
}

/** The last stage of a search: its candidates are trained from scratch with the full schedule, and one is chosen. */
export interface RetrainingDefinition {
  readonly evaluator: Evaluator;
  /** Exactly one is optimised, or there is an objective: its mean over the repetitions chooses. */
  readonly metrics: readonly Metric[];
  readonly objective?: LevelDefinition['objective'];
  /** Trainings of each candidate, each with a seed of its own. */
  readonly repetitions: number;
  readonly candidates: CandidateCounts;
  readonly timeout: Timeout;
  readonly resources: Resources;
}

/** One level of nesting, or the whole of a flat search. */
export interface LevelDefinition {
  readonly name: string;
  readonly space: Space;
  /**
   * Name of an outer level whose points are spaces: such a point is the space of this level, and `space` only says what
   * is decided in it (see `factorised` in flows.ts).
   */
  readonly restOf?: string;
  readonly metrics: readonly Metric[];
  /** A single score computed from metrics; recorded as the metric `objective`. */
  readonly objective?: { readonly expression: Expression; readonly goal: Exclude<Goal, 'observe'> };
  readonly algorithm: AlgorithmReference;
  readonly order: TellingOrder;
  /** Trial k is proposed from the outcomes of trials up to k − window; fixed for the life of the search. */
  readonly window: number;
  readonly budget: Budget;
  /** Trials that run at the same time; at most `window` in `in-order`. Not part of the identity. */
  readonly concurrency: number;
  /** Further evaluations of a trial before a failure whose class stops the search does so. */
  readonly retries: number;
  readonly failurePolicy: Readonly<Record<FailureClass, FailurePolicy>>;
  readonly timeout: Timeout;
  /** Points tried first, in this order. */
  readonly initial: readonly Genome[];
  /**
   * Names of levels whose parameters together are one point of this one, by name: the last one's are evaluated, in the
   * context of the others. Only the level that retrains a nested search has it.
   */
  readonly ofLevels?: readonly string[];
  /**
   * Names of the outer levels whose parameters this level reads; results are reused across all others. Of the outermost
   * level: what the workflow code that starts the search gives as context.
   */
  readonly dependsOn: readonly string[];
  /**
   * Adds metrics to those of the inner search's best trial, or, on the innermost level under the weights of another
   * search, to those of the evaluation.
   */
  readonly measure?: Evaluator;
  readonly resources: Resources;
}

/** When a level ends. Amounts are exact: N trials are the indices 0 … N − 1. */
export interface Budget {
  readonly trials?: number;
  /** Number of scored outcomes. */
  readonly scored?: number;
  /** Sum of declared costs. */
  readonly cost?: number;
  /** Ends at the first trial (in index order) that reaches the value. */
  readonly target?: { readonly metric: string; readonly value: number };
  /** Milliseconds while the search is open and not paused by Duramen. */
  readonly duration?: number;
}

/** `infeasible`: the trial counts as one without a score. `stop`: the search stops once the retries are used up. */
export type FailurePolicy = 'infeasible' | 'stop';

/** Wall-clock limits in milliseconds. */
export interface Timeout {
  readonly attempt?: number;
  readonly trial?: number;
}

/** What one evaluation occupies. `queue` names another task queue than the default one of its device. */
export interface Resources {
  readonly cpu: number;
  readonly gpu: number;
  readonly memoryMegabytes?: number;
  readonly queue?: string;
}

/** How a trial of the innermost level is evaluated. */
export type TrialEvaluator = Evaluator | WeightsEvaluator;

/** How a trial is evaluated, a level measured or a candidate retrained. */
export type Evaluator =
  | {
      readonly kind: 'function';
      /** Hash of the bundled search file in the artifact store. */
      readonly bundle: string;
      /** Hash of the lock file that pins the packages outside the bundle; empty when there is none. */
      readonly packages: string;
      /** Which function of the file; absent: `evaluate`. */
      readonly function?: 'retraining';
      /** Runs inside the worker, for evaluations of milliseconds; all others run in processes of their own. */
      readonly light: boolean;
      readonly pure: boolean;
    }
  | { readonly kind: 'command'; readonly command: string; readonly pure: boolean }
  | {
      readonly kind: 'activity' | 'workflow';
      readonly name: string;
      readonly arguments: Json;
      readonly taskQueue?: string;
      readonly pure: boolean;
    }
  | {
      readonly kind: 'table';
      /** Where the file lies; no part of the identity of a search. */
      readonly path: string;
      /** SHA-256 of the file's bytes. */
      readonly sha256: string;
      readonly description: TableDescription;
      readonly pure: true;
    };

/**
 * Evaluates by what another search evaluates by, under the weights that it left. Its trials are slices of kind `evaluate`
 * of that search, in all but the journal.
 */
export interface WeightsEvaluator {
  readonly kind: 'sharedWeights';
  /** Id of the search that trained the weights; no part of the identity of this one. */
  readonly search: string;
  /** Hash of that search's `SearchSetting` in the artifact store: its evaluator, its context and its seed. */
  readonly setting: string;
  /** Hash of the weights in the artifact store. */
  readonly weights: string;
  /** Index of the trial that left them, and the step of its checkpoint. */
  readonly trial: number;
  readonly step: number;
  readonly pure: true;
}

/** Parameters of the outer levels by level name, outermost first. */
export type SearchContext = Readonly<Record<string, Json>>;

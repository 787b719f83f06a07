import type { DescribedFigure, DescribedHistory, Metrics, Outcome } from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { Retraining, RetrainingProgress } from '../retraining/retraining.js';

/** Where a search stands; also the value of the search attribute `DuramenPhase`. */
export type SearchPhase = 'running' | 'retraining' | 'paused' | 'finished' | 'cancelled' | 'failed';

/** Why a search ended by itself. */
export type EndReason =
  | { readonly kind: 'trials' | 'scored' | 'cost' | 'duration' }
  | { readonly kind: 'target'; readonly index: number }
  /** The algorithm had nothing more to propose. */
  | { readonly kind: 'exhausted' };

/** A scored trial as reports and `best` show it. */
export interface BestTrial {
  readonly index: number;
  readonly metrics: Metrics;
  readonly genome: Genome;
  /** Decoded parameters of this level. */
  readonly parameters: Json;
  /** Parameters of the best inner trial by level name; empty on the innermost level. */
  readonly inner: Readonly<Record<string, Json>>;
}

/** Answer of the query `progress`. */
export interface SearchProgress {
  readonly search: string;
  readonly level: string;
  readonly phase: SearchPhase;
  /** Why it is paused or failed, in one sentence. */
  readonly message: string | null;
  /** Outcomes so far, whatever their kind. */
  readonly trials: number;
  /** Trials of the budget; null when the budget does not count trials. */
  readonly trialsBudget: number | null;
  readonly outcomes: {
    readonly scored: number;
    readonly infeasible: number;
    readonly stopped: number;
    readonly failed: number;
    readonly cancelled: number;
  };
  readonly running: readonly number[];
  readonly concurrency: number;
  readonly window: number;
  readonly cost: number;
  /** First optimised metric of the best trial; null while nothing is scored. */
  readonly best: number | null;
  readonly bestMetric: string;
  readonly trajectoryHash: string;
  /** Milliseconds that the search was open and not paused by Duramen, without its retraining. */
  readonly activeMilliseconds: number;
  /** How far the retraining is, while there is one. */
  readonly retraining?: RetrainingProgress;
}

/** What the algorithm of a search has learned so far; answer of the query `algorithm`. */
export interface AlgorithmView {
  readonly algorithm: string;
  readonly figures: readonly DescribedFigure[];
  readonly groups: readonly AlgorithmGroup[];
  /** One sentence about what keeps the algorithm from learning; null when nothing does. */
  /** Sentences about what it has decided. */
  readonly notes?: readonly string[];
  readonly warning: string | null;
  /** What it followed from epoch to epoch; absent before the first, and where it follows nothing. */
  readonly history?: DescribedHistory;
}

/** Decisions that belong together, such as those of an agent. */
export interface AlgorithmGroup {
  readonly name: string;
  readonly figures: readonly DescribedFigure[];
  readonly decisions: readonly AlgorithmDecision[];
  /** Decisions beyond the limit of the caller. */
  readonly moreDecisions: number;
}

/** The policy for one decision. */
export interface AlgorithmDecision {
  readonly id: string;
  /** In the order of the space; where there are more than the caller's limit, the most probable first. */
  readonly options: readonly { readonly name: string; readonly probability: number }[];
  /** Options beyond the limit of the caller. */
  readonly moreOptions: number;
}

/** Answer of the query `trials`: what runs now and the last 20 outcomes. */
export interface TrialsView {
  readonly running: readonly {
    readonly index: number;
    readonly parameters: Json;
    readonly search?: string;
  }[];
  readonly last: readonly TrialView[];
}

/** One trial with its outcome. */
export interface TrialView {
  readonly index: number;
  readonly parameters: Json;
  readonly outcome: Outcome;
}

/** Result of a search that ended by itself. */
export interface SearchResult {
  readonly search: string;
  readonly level: string;
  readonly reason: EndReason;
  readonly trials: number;
  readonly scored: number;
  readonly cost: number;
  readonly trajectoryHash: string;
  readonly best: BestTrial | null;
  /** Pareto front when several metrics are optimised (at most 200 points that take 500 kB); else just `best`. */
  readonly front: readonly BestTrial[];
  /** The result depended on wall-clock time or on an intervention; it is never reused. */
  readonly timed: boolean;
  /** The result was found under its content key instead of being searched for. */
  readonly reused: boolean;
  /** How the full retraining came out, where the search is followed by one. */
  readonly retraining?: Retraining;
}

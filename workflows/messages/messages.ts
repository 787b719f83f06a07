import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Json } from '../../foundation/json/index.js';
import type {
  Budget,
  DefinitionReference,
  SearchContext,
  SearchDefinition,
} from '../../searches/definition/index.js';
import type {
  AlgorithmView,
  BestTrial,
  SearchProgress,
  SearchResult,
  TrialsView,
} from '../../searches/loop/index.js';

/** Name of the workflow type of every search, at every level. */
export const SEARCH_WORKFLOW = 'search';

/** Task queue of search workflows and light activities. */
export const SEARCH_QUEUE = 'duramen';

/** Task queues of evaluations in processes, by device. */
export const CPU_QUEUE = 'duramen-cpu';
export const GPU_QUEUE = 'duramen-gpu';

/**
 * Input of the workflow `search`; the workflow id is the id of the search. A second argument, bytes, carries the state
 * through continue-as-new: bytes travel unchanged only as an argument of their own.
 */
export interface SearchInput {
  readonly definition: DefinitionReference;
  /** Position of the level in `definition.levels`. */
  readonly level: number;
  /** Parameters of the outer levels that this search runs under. */
  readonly context: SearchContext;
  /** The pause flag of the parent when this search was started. */
  readonly parentPaused: boolean;
  /** The definition's evaluator differs from the one in the journal, and is to be used from now on. */
  readonly adopt?: boolean;
  /** Budget to extend a closed search to when it is started again under its id. */
  readonly extend?: Budget;
}

/** A point to try next: parameters of the level's space, or a genome. */
export type EnqueuedPoint = { readonly parameters: Json } | { readonly genome: readonly number[] };

/** Updates: validated and answered. The same names exist as signals for people who type `temporal workflow signal`. */
export const pauseUpdate = defineUpdate<SearchProgress, []>('pause');
export const resumeUpdate = defineUpdate<SearchProgress, []>('resume');
/** Raises the budget; amounts that are absent stay as they are. */
export const extendUpdate = defineUpdate<SearchProgress, [Budget]>('extend');
export const setConcurrencyUpdate = defineUpdate<SearchProgress, [number]>('setConcurrency');
/** Answers the index that the point gets. */
export const enqueueUpdate = defineUpdate<{ readonly index: number | null }, [EnqueuedPoint]>('enqueue');
export const cancelTrialUpdate = defineUpdate<SearchProgress, [number]>('cancelTrial');

/** Replaces the evaluator's bundle from the next started trial on; everything else must be equal. */
export const adoptUpdate = defineUpdate<SearchProgress, [SearchDefinition]>('adopt');

export const pauseSignal = defineSignal<[]>('pause');
export const resumeSignal = defineSignal<[]>('resume');
export const extendSignal = defineSignal<[Budget]>('extend');
export const setConcurrencySignal = defineSignal<[number]>('setConcurrency');
export const enqueueSignal = defineSignal<[EnqueuedPoint]>('enqueue');
export const cancelTrialSignal = defineSignal<[number]>('cancelTrial');
/** From a parent search to its inner searches: the parent's pause flag. */
export const parentPausedSignal = defineSignal<[boolean]>('parentPaused');

export const progressQuery = defineQuery<SearchProgress>('progress');
/** Best trial, or up to 200 points of the Pareto front, best first metric first. */
export const bestQuery = defineQuery<readonly BestTrial[]>('best');
export const trialsQuery = defineQuery<TrialsView>('trials');

/** What the algorithm has learned; null where it has nothing to tell. */
export const algorithmQuery = defineQuery<AlgorithmView | null>('algorithm');

/** Result of the workflow `search`. */
export type { SearchResult };

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
 * Milliseconds of the workflow task of a search, at every level: also the longest stall after its worker was killed.
 */
export const workflowTaskTimeout = 5_000;

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
  /** The search goes on with this definition's evaluator, also if the journal has another one. */
  readonly adopt?: boolean;
  /** Id of the store that holds its journal; activities of workers with another one refuse it. Absent: unknown. */
  readonly store?: string;
  /** Budget to extend a closed search to when it is started again under its id. */
  readonly extend?: Budget;
}

/** The part of an activity's input by which its worker knows the store of the search. */
export function storeOf({ store }: SearchInput): { readonly store?: string } {
  return store === undefined ? {} : { store };
}

/** A point to try next: parameters of the level's space, or a genome. */
export type EnqueuedPoint = { readonly parameters: Json } | { readonly genome: readonly number[] };

/**
 * How a person sends a message that steers a search: the button or the update, its data, and the command, whose first
 * argument is the id of the search.
 */
export const steeringInstructions: readonly {
  readonly aim: string;
  readonly update: string;
  readonly data: string;
  readonly command: (id: string) => string;
}[] = [
  { aim: 'pause, with all inside', update: '`pause`', data: '', command: (id) => `pause ${id}` },
  { aim: 'go on', update: '`resume`', data: '', command: (id) => `resume ${id}` },
  {
    aim: 'raise the budget',
    update: '`extend`',
    data: '`{"trials": 200}`',
    command: (id) => `extend ${id} --trials 200`,
  },
  {
    aim: 'run more or fewer at once',
    update: '`setConcurrency`',
    data: '`2`',
    command: (id) => `set-concurrency ${id} 2`,
  },
  {
    aim: 'give up one trial',
    update: '`cancelTrial`',
    data: '`7`',
    command: (id) => `cancel-trial ${id} 7`,
  },
  {
    aim: 'try a point next',
    update: '`enqueue`',
    data: '`{"parameters": {}}`',
    command: (id) => `enqueue ${id} '{}'`,
  },
  {
    aim: 'end it, to go on later',
    update: '**Request Cancellation**',
    data: '',
    command: (id) => `cancel ${id}`,
  },
];

/** Updates: validated and answered. The same names exist as signals for people who type `temporal workflow signal`. */
export const pauseUpdate = defineUpdate<SearchProgress, []>('pause');
export const resumeUpdate = defineUpdate<SearchProgress, []>('resume');
/** Raises the budget; amounts that are absent stay as they are. */
export const extendUpdate = defineUpdate<SearchProgress, [Budget]>('extend');
/** Sets how many trials run at the same time. */
export const setConcurrencyUpdate = defineUpdate<SearchProgress, [number]>('setConcurrency');
/** Answers the index that the point gets. */
export const enqueueUpdate = defineUpdate<{ readonly index: number | null }, [EnqueuedPoint]>('enqueue');
/** Cancels the trial with this index. */
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

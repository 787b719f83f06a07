import type { JournalRecord } from './journal-record.js';
import type { LoopState } from './loop-state.js';
import { OpenTrials } from './open-trials.js';
import type { SearchPlan } from './search-plan.js';

/** A search under way: what the rules of the loop work on. */
export interface SearchCourse {
  /** Changes only by adopting another evaluator. */
  plan: SearchPlan;
  readonly state: LoopState;
  /** The open trials of the state. */
  readonly trials: OpenTrials;
  /** Journal records that the driver has not yet drained. */
  readonly records: JournalRecord[];
  /** Trials whose checkpoints no later trial needs, which the driver has not yet drained. */
  readonly obsolete: number[];
}

/** The course of a search in a state, without any record to drain. */
export function courseOf(plan: SearchPlan, state: LoopState): SearchCourse {
  return { plan, state, trials: new OpenTrials(state.open), records: [], obsolete: [] };
}

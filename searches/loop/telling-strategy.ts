import type { LoopState, OpenTrial } from './loop-state.js';
import type { SearchCourse } from './search-course.js';

/** In which order outcomes count, and when the search tells the algorithm of them: one for each order of a level. */
export interface TellingStrategy {
  /** Whether the number of trials that run at the same time can change a decision. */
  readonly concurrencyDecides: boolean;
  /** How many outcomes the algorithm must know before it decides on an index. */
  requiredBefore(index: number, window: number): number;
  /** Takes note that the outcome of an open trial is known. */
  arrive(state: LoopState, index: number): void;
  /** Counts the outcomes whose turn has come, until one ends the search. */
  advance(course: SearchCourse): void;
  /** Tells the algorithm the next outcome that counts and that it does not know; false when there is none. */
  tellNext(course: SearchCourse): boolean;
  /** Demands an update of the algorithm, where updates do not wait for the next proposal. */
  lookAhead(course: SearchCourse): void;
  /** Whether an open trial's outcome is already part of the trajectory and the counts. */
  isCounted(state: Readonly<LoopState>, open: OpenTrial): boolean;
  /** The open trials, those with an outcome in the order in which the outcomes will count. */
  inTurn(course: SearchCourse): readonly OpenTrial[];
}

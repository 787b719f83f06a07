import { endOfProposals } from './budget-end.js';
import { toldRecord } from './counting.js';
import type { Completion } from './loop-state.js';
import { isComplete } from './open-trials.js';
import type { SearchCourse } from './search-course.js';
import { tellingIn } from './telling.js';

/** Counts the outcomes whose turn has come, and ends the search when none is missing and no trial will be proposed. */
export function advance(course: SearchCourse): void {
  const { plan, state } = course;
  tellingIn(plan.level).advance(course);
  state.end ??= endOfProposals(state);
}

/** Takes the final outcome of a trial. `journaled`: it comes from the journal and is not written there once more. */
export function recordOutcome(
  course: SearchCourse,
  index: number,
  completion: Completion,
  journaled: boolean,
): void {
  const { plan, state, trials } = course;
  const open = trials.find(index);
  if (open === undefined) return;
  if (isComplete(open)) {
    if (journaled) trials.setJournaled(open, true);
    return;
  }
  trials.settle(index, completion, journaled);
  tellingIn(plan.level).arrive(state, index);
  advance(course);
}

/** Leaves records of the outcomes that are known but do not count yet, in the order in which they will. */
export function recordHeld(course: SearchCourse): void {
  const { plan, state, trials, records } = course;
  const telling = tellingIn(plan.level);
  for (const open of telling.inTurn(course)) {
    if (!isComplete(open) || open.status.journaled || telling.isCounted(state, open)) continue;
    records.push(toldRecord(open));
    trials.setJournaled(open, true);
  }
}

import { intervene } from './intervening.js';
import type { JournalRecord } from './journal-record.js';
import type { Completion, LoopState } from './loop-state.js';
import { isComplete } from './open-trials.js';
import { propose } from './proposing.js';
import { recordOutcome } from './recording.js';
import type { SearchCourse } from './search-course.js';

/**
 * Takes over what another driver of the same search knew beyond a course that was rebuilt from a journal which had gone
 * on without that driver: its unwritten interventions, its outcomes, and which trials it is running.
 */
export function mergeInto(
  course: SearchCourse,
  other: Readonly<LoopState>,
  unwritten: readonly JournalRecord[],
  running: readonly number[],
): void {
  const { state, trials } = course;
  for (const record of unwritten) {
    if (record.kind === 'intervention' && record.intervention.kind !== 'adopt')
      intervene(course, record.intervention);
  }
  const outcomes = outcomesOf(other, unwritten);
  for (let progressed = true; progressed;) {
    progressed = false;
    for (const [index, completion] of outcomes) {
      const mine = trials.find(index);
      if (mine === undefined || isComplete(mine)) continue;
      recordOutcome(course, index, completion, false);
      progressed = true;
    }
    while (state.nextIndex < other.nextIndex && propose(course).kind === 'proposed') progressed = true;
  }
  for (const index of running) trials.markRunning(index);
}

/** Outcomes that a driver knew, by index: those it had not written, then those it still held. */
function outcomesOf(
  state: Readonly<LoopState>,
  unwritten: readonly JournalRecord[],
): ReadonlyMap<number, Completion> {
  const outcomes = new Map<number, Completion>();
  for (const record of unwritten) {
    if (record.kind !== 'told') continue;
    const { kind: _kind, index, ...completion } = record;
    outcomes.set(index, completion);
  }
  for (const { trial, status } of state.open) {
    if (status.kind === 'done') outcomes.set(trial.index, status.completion);
  }
  return outcomes;
}

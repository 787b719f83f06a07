import { canonicalJson } from '../../foundation/json/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
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
  const genomes = genomesOf(other, unwritten);
  // A program that was asked twice may have answered otherwise: then an index stands for another trial here.
  const isSame = (index: number): boolean => {
    const [mine, theirs] = [trials.find(index)?.trial.genome, genomes.get(index)];
    return mine === undefined || theirs === undefined || canonicalJson(mine) === canonicalJson(theirs);
  };
  for (let progressed = true; progressed;) {
    progressed = false;
    for (const [index, completion] of outcomes) {
      const mine = trials.find(index);
      if (mine === undefined || isComplete(mine) || !isSame(index)) continue;
      recordOutcome(course, index, completion, false);
      progressed = true;
    }
    while (state.nextIndex < other.nextIndex && propose(course).kind === 'proposed') progressed = true;
  }
  for (const index of running) if (isSame(index)) trials.markRunning(index);
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

/** The points of the trials that a driver knows beyond the journal, by index. */
function genomesOf(
  state: Readonly<LoopState>,
  unwritten: readonly JournalRecord[],
): ReadonlyMap<number, Genome> {
  const proposed = unwritten.flatMap((record) => (record.kind === 'proposed' ? [record.trial] : []));
  const open = state.open.map(({ trial }) => trial);
  return new Map([...proposed, ...open].map(({ index, genome }) => [index, genome]));
}

import { decode } from '../../search-spaces/index.js';
import { endAt } from './budget-end.js';
import { frontWith } from './front.js';
import type { JournalRecord } from './journal-record.js';
import type { CompleteTrial } from './open-trials.js';
import type { SearchCourse } from './search-course.js';
import { extendTrajectory } from './trajectory.js';

const lastTrials = 20;

/** Makes an outcome part of the trajectory, the counts and the journal, and checks the budgets that it may end. */
export function count({ plan, state, records }: SearchCourse, counted: CompleteTrial): void {
  const { trial, status } = counted;
  const { outcome, timed, inner } = status.completion;
  const { index, genome } = trial;
  state.recorded += 1;
  state.trajectoryHash = extendTrajectory(state.trajectoryHash, index, genome, outcome, plan.metrics);
  state.counts[outcome.kind] += 1;
  if (outcome.kind !== 'cancelled') state.cost += outcome.cost ?? 0;
  if (timed === true) state.timed = true;
  if (outcome.kind === 'scored') {
    const candidate = { index, genome, metrics: outcome.metrics, inner: inner?.parameters ?? {} };
    state.candidates = [...frontWith(state.candidates, plan.metrics, candidate)];
  }
  if (!status.journaled) records.push(toldRecord(counted));
  const parameters = decode(plan.level.space, genome, { violated: 'allow' });
  state.last.push({ index, parameters, outcome });
  if (state.last.length > lastTrials) state.last.shift();
  state.end = endAt(plan.metrics, state, index, outcome);
}

/** The journal record of an outcome. */
export function toldRecord({ trial, status }: CompleteTrial): JournalRecord {
  return { kind: 'told', index: trial.index, ...status.completion };
}

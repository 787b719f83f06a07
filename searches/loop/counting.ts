import type { Outcome } from '../../algorithms/index.js';
import { decode } from '../../search-spaces/genomes/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import { endAt } from './budget-end.js';
import { frontWith } from './front.js';
import type { JournalRecord } from './journal-record.js';
import type { CompleteTrial } from './open-trials.js';
import type { SearchCourse } from './search-course.js';
import { violation } from './search-plan.js';
import { afterSlice, type SliceTrial } from './shared-weights.js';
import { extendTrajectory } from './trajectory.js';

/** Trials whose outcomes a search shows at least: its state keeps the last ones. */
export const lastTrials = 20;

/** Makes an outcome part of the trajectory, the counts and the journal, and checks the budgets that it may end. */
export function count(course: SearchCourse, counted: CompleteTrial): void {
  const { plan, state, records } = course;
  const { trial, status } = counted;
  const { outcome, timed, inner } = status.completion;
  const { index, genome } = trial;
  state.recorded += 1;
  state.trajectoryHash = extendTrajectory(state.trajectoryHash, index, genome, outcome, plan.metrics);
  state.counts[outcome.kind] += 1;
  if (outcome.kind !== 'cancelled') state.cost += outcome.cost ?? 0;
  if (timed === true) state.timed = true;
  const isResult = trial.slice === undefined || countSlice(course, { ...trial, slice: trial.slice }, outcome);
  if (outcome.kind === 'scored' && isResult) {
    const candidate = { index, genome, metrics: outcome.metrics, inner: inner?.parameters ?? {} };
    state.candidates = [...frontWith(state.candidates, plan.metrics, candidate)];
  }
  if (!status.journaled) records.push(toldRecord(counted));
  const parameters = decode(plan.level.space, genome, { violated: 'allow' });
  state.last.push({ index, parameters, outcome: withoutValues(outcome) });
  if (state.last.length > lastTrials) state.last.shift();
  state.end = endAt(plan.metrics, state, index, outcome, isResult);
}

/** Takes note of what the outcome of a slice does to the weights and the results; answers whether it is a result. */
function countSlice(
  { plan, state, obsolete }: SearchCourse,
  trial: SliceTrial & { readonly genome: Genome },
  outcome: Outcome,
): boolean {
  const effect = afterSlice(state.weights, trial, outcome);
  if (effect.weights.count > 0) state.weights = effect.weights;
  if (effect.supersedes) state.candidates = [];
  obsolete.push(...effect.obsolete);
  return effect.isResult && violation(plan.level, trial.genome) === null;
}

/** People who watch need no thousands of numbers, and the state carries the last outcomes. */
function withoutValues(outcome: Outcome): Outcome {
  if (outcome.kind !== 'scored' || outcome.values === undefined) return outcome;
  const { values: _values, ...seen } = outcome;
  return seen;
}

/** The journal record of an outcome. */
export function toldRecord({ trial, status }: CompleteTrial): JournalRecord {
  return { kind: 'told', index: trial.index, ...status.completion };
}

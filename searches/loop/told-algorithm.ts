import type { UpdateRequest, UpdateResult } from '../../algorithms/index.js';
import type { CompleteTrial } from './open-trials.js';
import type { SearchCourse } from './search-course.js';
import { plainValue } from './search-plan.js';

/** Tells the algorithm the outcome of a trial, which closes it. Changes nothing where the algorithm refuses the outcome. */
export function tell({ plan, state, trials }: SearchCourse, told: CompleteTrial): void {
  const { trial, status } = told;
  state.algorithm = plan.algorithm.tell(state.algorithm, [{ trial, outcome: status.completion.outcome }]);
  trials.remove(told);
  state.toldCount += 1;
  state.mustTell = false;
}

/** Asks the algorithm for an update, if it wants one now, and keeps it until it is computed. */
export function demandUpdate(course: SearchCourse): void {
  const { plan, state } = course;
  if (plan.algorithm.applyUpdate === undefined || state.exhausted) return;
  const { state: algorithm, action } = plan.algorithm.propose(state.algorithm, state.nextIndex);
  if (action.kind !== 'update') return;
  state.algorithm = algorithm;
  keepUpdate(course, action.request);
}

/** Keeps the update that the algorithm wants until it is computed; the journal has the moment where a program computes it. */
export function keepUpdate({ plan, state, records }: SearchCourse, request: UpdateRequest): void {
  state.update = request;
  if (plan.algorithm.program !== undefined) records.push({ kind: 'asked', index: state.nextIndex });
}

/** Gives the algorithm the result of the update that it wanted. */
export function applyUpdate({ plan, state, records }: SearchCourse, result: UpdateResult): void {
  const apply = plan.algorithm.applyUpdate;
  if (apply === undefined) throw new Error(`The algorithm ${plan.algorithm.name} has no updates.`);
  state.algorithm = apply(state.algorithm, result);
  state.update = null;
  if (plan.algorithm.program === undefined) return;
  records.push({ kind: 'answered', bulk: result.bulk, output: plainValue(result.output) });
}

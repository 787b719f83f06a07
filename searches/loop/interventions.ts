import { unreachable } from '../../foundation/errors/index.js';
import { stillEnded } from './budget-end.js';
import type { Intervention } from './journal-record.js';
import type { LoopState } from './loop-state.js';
import { advance, recordOutcome } from './recording.js';
import type { SearchCourse } from './search-course.js';
import type { SearchPlan } from './search-plan.js';
import { tellingIn } from './telling.js';

/** Applies an intervention and leaves a record of it with the index from which it acts. */
export function intervene(course: SearchCourse, intervention: Intervention): void {
  const { plan, state, records } = course;
  records.push({ kind: 'intervention', index: state.nextIndex, intervention });
  Object.assign(state, changesBy(intervention, plan, state));
  if (intervention.kind === 'cancelTrial') {
    recordOutcome(course, intervention.trial, { outcome: { kind: 'cancelled' } }, false);
  }
  // Outcomes behind the former end count now.
  if (intervention.kind === 'extend') advance(course);
}

/** The parts of the state that an intervention changes, with their new values; what follows from them is left out. */
export function changesBy(
  intervention: Intervention,
  plan: SearchPlan,
  state: Readonly<LoopState>,
): Partial<LoopState> {
  switch (intervention.kind) {
    case 'enqueue':
      return {
        enqueued: [...state.enqueued, intervention.genome],
        end: state.end?.kind === 'exhausted' ? null : state.end,
        timed: true,
      };
    case 'extend': {
      const budget = { ...state.budget, ...intervention.budget };
      const ended =
        state.end !== null && stillEnded(plan.metrics, { ...state, budget }, state.end, intervention.budget);
      return {
        budget,
        durationReached: state.durationReached && intervention.budget.duration === undefined,
        end: ended ? state.end : null,
        timed: true,
      };
    }
    case 'setConcurrency':
      return {
        concurrency: intervention.concurrency,
        timed: state.timed || tellingIn(plan.level).concurrencyDecides,
      };
    case 'pause': {
      const { by } = intervention;
      if (by !== 'losses') return { pauses: { ...state.pauses, [by]: true } };
      const losses = intervention.message ?? 'a trial was lost over and over';
      return { pauses: { ...state.pauses, losses } };
    }
    case 'resume':
      return {
        pauses:
          intervention.by === 'user'
            ? { ...state.pauses, user: false, losses: null }
            : { ...state.pauses, parent: false },
      };
    case 'durationReached':
      return { durationReached: true, timed: true };
    case 'cancelTrial':
    case 'adopt':
      return { timed: true };
    default:
      return unreachable(intervention, 'intervention');
  }
}

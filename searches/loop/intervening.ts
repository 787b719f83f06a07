import { changesBy, type Intervention } from './intervention.js';
import { advance, recordOutcome } from './recording.js';
import type { SearchCourse } from './search-course.js';
import { tellingIn } from './telling.js';

/** Applies an intervention and leaves a record of it with the index from which it acts. */
export function intervene(course: SearchCourse, intervention: Intervention): void {
  const { plan, state, records } = course;
  records.push({ kind: 'intervention', index: state.nextIndex, intervention });
  Object.assign(state, changesBy(intervention, plan, state, tellingIn(plan.level).concurrencyDecides));
  if (intervention.kind === 'cancelTrial') {
    recordOutcome(course, intervention.trial, { outcome: { kind: 'cancelled' } }, false);
  }
  // A larger budget moves the end, and outcomes beyond the old one count.
  if (intervention.kind === 'extend') advance(course);
}

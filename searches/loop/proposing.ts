import { unreachable } from '../../foundation/errors/index.js';
import type { Proposal, Trial, UpdateRequest } from '../../algorithms/index.js';
import { endOfProposals } from './budget-end.js';
import { recordOutcome } from './recording.js';
import type { SearchCourse } from './search-course.js';
import { knownOutcome, trialContentKey } from './search-plan.js';
import { tellingIn } from './telling.js';
import { keepUpdate } from './told-algorithm.js';

/** What came of the decision on the next index. */
export type Proposed =
  | { readonly kind: 'proposed'; readonly trial: Trial }
  /** The algorithm needs this update first. */
  | { readonly kind: 'update'; readonly request: UpdateRequest }
  | { readonly kind: 'nothing' };

/**
 * Decides on the next index, if the rules allow it now: tells the outcomes that must come first, then takes the next
 * point of `initial`, of the queue or of the algorithm. Independent of concurrency, pauses and time. An enqueued point
 * takes an index only when the algorithm could take it too: what `wait` and `update` demand before an index must not
 * depend on the moment at which a user enqueued.
 */
export function propose(course: SearchCourse): Proposed {
  const { plan, state } = course;
  const { level, algorithm } = plan;
  const telling = tellingIn(level);
  if (state.end !== null) return { kind: 'nothing' };
  for (;;) {
    const index = state.nextIndex;
    const isSpent = state.durationReached || index >= (state.budget.trials ?? Infinity);
    // Also at the end of the budget: the outcomes that have arrived count once the update is applied.
    const isAwaited = !isSpent || state.arrivals.length > 0;
    if (state.update !== null && isAwaited) return { kind: 'update', request: state.update };
    if (isSpent) return nothingMore(course);
    if (state.toldCount < telling.requiredBefore(index, level.window)) {
      if (!telling.tellNext(course)) return { kind: 'nothing' };
      continue;
    }
    const initial = level.initial[state.initialUsed];
    if (initial !== undefined) {
      state.initialUsed += 1;
      return { kind: 'proposed', trial: add(course, { genome: initial }, 'initial') };
    }
    if (state.exhausted) {
      const enqueued = takeEnqueued(course);
      return enqueued === null ? nothingMore(course) : { kind: 'proposed', trial: enqueued };
    }
    if (state.mustTell) {
      if (telling.tellNext(course)) continue;
      // An algorithm that waits although it knows every outcome has nothing more to propose.
      if (state.open.length > 0) return { kind: 'nothing' };
      state.exhausted = true;
      continue;
    }
    const asked = algorithm.propose(state.algorithm, index);
    const { action } = asked;
    switch (action.kind) {
      case 'trial': {
        const enqueued = takeEnqueued(course);
        if (enqueued !== null) return { kind: 'proposed', trial: enqueued };
        state.algorithm = asked.state;
        return { kind: 'proposed', trial: add(course, action.proposal, 'algorithm') };
      }
      case 'wait':
        // A `wait` keeps the old state: asking more often must not change the trajectory.
        state.mustTell = true;
        break;
      case 'update':
        state.algorithm = asked.state;
        keepUpdate(course, action.request);
        break;
      case 'done':
        state.algorithm = asked.state;
        state.exhausted = true;
        break;
      default:
        return unreachable(action, 'action');
    }
  }
}

function nothingMore({ state }: SearchCourse): Proposed {
  state.end ??= endOfProposals(state);
  return { kind: 'nothing' };
}

function takeEnqueued(course: SearchCourse): Trial | null {
  const genome = course.state.enqueued.shift();
  return genome === undefined ? null : add(course, { genome }, 'enqueued');
}

/** Gives a proposal the next index; a trial whose outcome is known without an evaluation is complete at once. */
function add(course: SearchCourse, proposal: Proposal, source: 'algorithm' | 'enqueued' | 'initial'): Trial {
  const { plan, state, trials, records } = course;
  const trial: Trial = { ...proposal, index: state.nextIndex };
  const known = knownOutcome(plan, trial);
  state.nextIndex += 1;
  trials.add(trial, known === undefined ? trialContentKey(plan, trial) : null);
  records.push({ kind: 'proposed', trial, source });
  tellingIn(plan.level).lookAhead(course);
  if (known !== undefined) recordOutcome(course, trial.index, { outcome: known }, false);
  return trial;
}

import { count } from './counting.js';
import type { TellingStrategy } from './telling-strategy.js';
import { demandUpdate, tell } from './told-algorithm.js';

/** Outcomes count as they arrive, and the search tells each at once, unless the algorithm wants an update first. */
export const asCompleted: TellingStrategy = {
  concurrencyDecides: true,
  requiredBefore: () => 0,
  arrive(state, index) {
    state.arrivals.push(index);
  },
  advance(course) {
    const { state, trials } = course;
    while (state.update === null && state.end === null) {
      const index = state.arrivals.shift();
      if (index === undefined) return;
      const next = trials.complete(index);
      if (next === undefined) continue;
      try {
        tell(course, next);
      } catch (error) {
        // An outcome that the algorithm refuses does not count: once the cause is mended, the trial is evaluated again,
        // as after a failure, because the kept result of this evaluation would be refused, too.
        trials.repeat(next, { failures: next.failures + 1 });
        throw error;
      }
      count(course, next);
      demandUpdate(course);
    }
  },
  tellNext: () => false,
  // The search demands an update as soon as it is possible, not when a trial can start: so the outcomes that come
  // before it and after it are the same when a rebuild reads the journal.
  lookAhead: demandUpdate,
  isCounted: () => false,
  inTurn: ({ state, trials }) => state.arrivals.flatMap((index) => trials.find(index) ?? []),
};

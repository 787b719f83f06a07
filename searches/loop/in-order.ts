import { count } from './counting.js';
import type { TellingStrategy } from './telling-strategy.js';
import { tell } from './told-algorithm.js';

/**
 * Outcomes count by index, and the search tells one to the algorithm only when the window demands it or the algorithm
 * waits: so the trajectory does not depend on which trial is fast.
 */
export const inOrder: TellingStrategy = {
  concurrencyDecides: false,
  requiredBefore: (index, window) => index - window + 1,
  arrive: () => undefined,
  advance(course) {
    const { state, trials } = course;
    while (state.end === null) {
      const next = trials.complete(state.recorded);
      if (next === undefined) return;
      count(course, next);
    }
  },
  tellNext(course) {
    const { state, trials } = course;
    // The search tells an outcome only after it counts, so that an ended search tells nothing that came after its end.
    if (state.toldCount >= state.recorded) return false;
    const next = trials.complete(state.toldCount);
    if (next === undefined) return false;
    tell(course, next);
    return true;
  },
  lookAhead: () => undefined,
  isCounted: (state, open) => open.trial.index < state.recorded,
  inTurn: ({ trials }) => trials.all,
};

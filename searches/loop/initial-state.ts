import type { LoopState } from './loop-state.js';
import type { SearchPlan } from './search-plan.js';
import { tellingIn } from './telling.js';
import { emptyTrajectory } from './trajectory.js';

/** The state of a search before its first trial. */
export function initialState({ algorithm, level }: SearchPlan, parentPaused: boolean): LoopState {
  return {
    version: 1,
    algorithm: algorithm.init(),
    nextIndex: 0,
    toldCount: 0,
    recorded: 0,
    trajectoryHash: emptyTrajectory,
    open: [],
    arrivals: [],
    mustTell: false,
    exhausted: false,
    update: null,
    initialUsed: 0,
    enqueued: [],
    budget: level.budget,
    concurrency: level.concurrency,
    pauses: { user: false, parent: parentPaused, losses: null },
    durationReached: false,
    end: null,
    failure: null,
    counts: { scored: 0, infeasible: 0, stopped: 0, failed: 0, cancelled: 0 },
    cost: 0,
    candidates: [],
    last: [],
    timed: level.concurrency > 1 && tellingIn(level).concurrencyDecides,
  };
}

export { answerLimits } from './algorithm-view.js';
export type { ViewLimits } from './algorithm-view.js';
export { frontWith } from './front.js';
export type { FrontTrial } from './loop-state.js';
export { openingProgress } from './opening-progress.js';
export { repeatedlyLost, failed, failureClass, outcomeOf, readMetrics } from './outcome.js';
export type {
  AlgorithmView,
  BestTrial,
  SearchPhase,
  SearchProgress,
  SearchResult,
  TrialsView,
} from './progress.js';
export { evaluatedPoint, levelIn, plainJson, planSearch, trialSeed, violation } from './search-plan.js';
export type { SearchPlan } from './search-plan.js';
export { afterSlice } from './shared-weights.js';
export type { SharedWeights, SliceTrial } from './shared-weights.js';
export { sliceDraws } from './slice-draws.js';
export { emptyTrajectory } from './trajectory.js';
export type { JournalRecord } from './journal-record.js';

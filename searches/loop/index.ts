export { answerLimits } from './algorithm-view.js';
export type { ViewLimits } from './algorithm-view.js';
export { withCandidate } from './candidates.js';
export type { Candidate } from './loop-state.js';
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
export { levelIn, planSearch, trialSeed } from './search-plan.js';
export type { SearchPlan } from './search-plan.js';
export { emptyTrajectory } from './trajectory.js';
export type { JournalRecord } from './journal-record.js';

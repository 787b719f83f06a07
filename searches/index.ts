export { frontLimit } from './loop/front.js';
export { checkDefinition } from './definition/definition-check.js';
export {
  compareBudgets,
  differences,
  identityOf,
  beyondEvaluators,
} from './definition/definition-comparison.js';
export { DefinitionError } from './definition/definition-error.js';
export { travelsInline } from './definition/definition-reference.js';
export type { DefinedSearch, DefinitionReference } from './definition/definition-reference.js';
export type {
  Budget,
  Evaluator,
  FailurePolicy,
  LevelDefinition,
  Resources,
  RetrainingDefinition,
  SearchContext,
  SearchDefinition,
  Timeout,
  TrialEvaluator,
} from './definition/definition.js';
export type { Intervention } from './loop/intervention.js';
export type { JournalRecord } from './loop/journal-record.js';
export { problemText } from './definition/space-check.js';
export type { Completion, FrontTrial, OpenTrial, PauseFlags, TrialStatus } from './loop/loop-state.js';
export {
  completeOutcome,
  defaultFailurePolicy,
  failed,
  failureClass,
  outcomeOf,
  readMetrics,
  repeatedlyLost,
} from './loop/outcome.js';
export { answerLimits } from './loop/algorithm-view.js';
export type { ViewLimits } from './loop/algorithm-view.js';
export type {
  AlgorithmDecision,
  AlgorithmGroup,
  AlgorithmView,
  BestTrial,
  EndReason,
  SearchPhase,
  SearchProgress,
  SearchResult,
  TrialsView,
  TrialView,
} from './loop/progress.js';
export { openingProgress } from './loop/opening-progress.js';
export {
  bestRepetition,
  concludeRetraining,
  retrainingSearch,
  retrainingSearchId,
} from './retraining/retraining.js';
export type {
  CandidateCorrelation,
  RepeatedValue,
  RetrainedCandidate,
  Retraining,
  RetrainingCandidate,
  RetrainingProgress,
} from './retraining/retraining.js';
export { countedTrials, retrainingCandidates } from './journal/retraining-candidates.js';
export { obsoleteCheckpoints } from './journal/obsolete-checkpoints.js';
export { algorithmUpdates } from './journal/algorithm-updates.js';
export type { BulkStore, ComputeUpdate } from './journal/algorithm-updates.js';
export { adopted, rebuild, RebuildError } from './journal/rebuild.js';
export { decodeSnapshot, rebuildFromSnapshot } from './journal/snapshot.js';
export { SearchLoop } from './loop/search-loop.js';
export type { CompletionEffect, LoopStep } from './loop/search-loop.js';
export {
  evaluatedPoint,
  innerSearchId,
  isLight,
  levelIn,
  plainJson,
  planSearch,
  trialSeed,
} from './loop/search-plan.js';
export type { SearchPlan } from './loop/search-plan.js';
export { afterSlice } from './loop/shared-weights.js';
export type { SharedWeights, SliceTrial } from './loop/shared-weights.js';
export { sliceDraws } from './loop/slice-draws.js';
export { stateLimit, stateTooLarge } from './loop/state-limit.js';
export { emptyTrajectory, extendTrajectory } from './loop/trajectory.js';
export { sameOutcome, VerificationError, verifyJournal } from './journal/verification.js';
export type { VerifiedJournal } from './journal/verification.js';
export { defineSearch, isSearch, level } from './search-files/define-search.js';
export type { Level, Search } from './search-files/define-search.js';
export { activity, command, workflow } from './search-files/evaluators.js';
export type { ExternalEvaluator } from './search-files/evaluators.js';
export { factorised, hybrid, joint, separate } from './search-files/flows.js';
export type { FlowLevel, FlowResult, RunStage } from './search-files/flows.js';
export { toDefinition } from './search-files/to-definition.js';
export type { HashFile } from './search-files/evaluator-options.js';
export { sharedWeights } from './search-files/shared-weights-evaluator.js';
export type { FindWeights, FoundWeights } from './search-files/shared-weights-evaluator.js';
export { clipped, surrogate, table } from './search-files/table-evaluator.js';
export type { TableEvaluator } from './search-files/table-evaluator.js';
export type { TableDescription, TableKey, TableSource, TableValue } from './definition/table-description.js';
export {
  fcNetTable,
  hpoBenchTable,
  jahsSurrogate,
  nasBench201Table,
  nasBenchMacroTable,
} from './search-files/benchmark-tables.js';
export { EvaluationError } from './search-files/trial-handle.js';
export type {
  EvaluateFunction,
  MeasureFunction,
  TrialDraw,
  TrialHandle,
  TrialLimits,
} from './search-files/trial-handle.js';

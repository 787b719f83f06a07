export { FRONT_LIMIT } from './candidates.js';
export { checkDefinition } from './definition-check.js';
export { compareBudgets, differences, identityOf, beyondEvaluators } from './definition-comparison.js';
export { DefinitionError } from './definition-error.js';
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
} from './definition.js';
export type { Intervention, JournalRecord } from './journal-record.js';
export { problemText } from './level-check.js';
export type { Candidate, Completion, OpenTrial, PauseFlags, TrialStatus } from './loop-state.js';
export {
  completeOutcome,
  DEFAULT_FAILURE_POLICY,
  failed,
  failureClass,
  outcomeOf,
  readMetrics,
  REPEATEDLY_LOST,
} from './outcome.js';
export { ANSWER_LIMITS } from './algorithm-view.js';
export type { ViewLimits } from './algorithm-view.js';
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
} from './progress.js';
export { bestRepetition, concludeRetraining, retrainingSearch, retrainingSearchId } from './retraining.js';
export type {
  CandidateCorrelation,
  RepeatedValue,
  RetrainedCandidate,
  Retraining,
  RetrainingCandidate,
  RetrainingProgress,
} from './retraining.js';
export { countedTrials, retrainingCandidates } from './retraining-candidates.js';
export { adopted, rebuild, RebuildError } from './rebuild.js';
export type { ComputeUpdate } from './rebuild.js';
export { SearchLoop } from './search-loop.js';
export type { CompletionEffect, LoopStep } from './search-loop.js';
export { innerSearchId, isLight, levelIn, plainJson, planSearch, trialSeed } from './search-plan.js';
export type { SearchPlan } from './search-plan.js';
export { STATE_LIMIT, stateTooLarge } from './state-limit.js';
export { EMPTY_TRAJECTORY, extendTrajectory } from './trajectory.js';
export { sameOutcome, VerificationError, verifyJournal } from './verification.js';
export type { VerifiedJournal } from './verification.js';
export { activity, command, defineSearch, isSearch, level, workflow } from './define-search.js';
export type { ExternalEvaluator, Level, Search } from './define-search.js';
export { factorised, hybrid, joint, separate } from './flows.js';
export type { FlowLevel, FlowResult, RunStage } from './flows.js';
export { toDefinition } from './to-definition.js';
export type { HashFile } from './to-definition.js';
export { clipped, surrogate, table } from './table-evaluator.js';
export type { TableEvaluator } from './table-evaluator.js';
export type { TableDescription, TableKey, TableSource, TableValue } from './table-description.js';
export {
  fcNetTable,
  hpoBenchTable,
  jahsSurrogate,
  nasBench201Table,
  nasBenchMacroTable,
} from './benchmark-tables.js';
export { EvaluationError } from './functions.js';
export type { EvaluateFunction, MeasureFunction, TrialHandle, TrialLimits } from './functions.js';

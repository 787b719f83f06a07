export {
  fcNetTable,
  hpoBenchTable,
  jahsSurrogate,
  nasBench201Table,
  nasBenchMacroTable,
} from './benchmark-tables.js';
export type {
  NasBench201DataSet,
  NasBench201TableOptions,
  ParameterPlaces,
  SeedReading,
} from './benchmark-tables.js';
export { defineSearch, isSearch, level } from './define-search.js';
export { activity, command, workflow } from './evaluators.js';
export type { CommandOptions } from './evaluators.js';
export type {
  EvaluationOptions,
  FlatSearchOptions,
  Level,
  NestedSearchOptions,
  Search,
} from './define-search.js';
export type { Evaluate, Evaluation, ExternalEvaluator, Measure } from './evaluators.js';
export type { BudgetOptions, LevelOptions } from './level-options.js';
export { factorised, hybrid, joint, separate } from './flows.js';
export type { FlowLevel, FlowResult, RunStage } from './flows.js';
export { sharedWeights } from './shared-weights-evaluator.js';
export type { FindWeights, FoundWeights, SharedWeightsEvaluator } from './shared-weights-evaluator.js';
export { clipped, surrogate, table } from './table-evaluator.js';
export type { TableEvaluator, TableOptions } from './table-evaluator.js';
export { toDefinition } from './to-definition.js';
export type { HashFile, SearchBundle } from './evaluator-options.js';
export { EvaluationError } from './trial-handle.js';
export type {
  Checkpoint,
  CheckpointContent,
  EvaluateFunction,
  InnerTrial,
  MeasureFunction,
  SearchModule,
  TrialCheckpoints,
  TrialArchitecture,
  TrialDraw,
  TrialHandle,
  TrialLimits,
} from './trial-handle.js';
export { trialLimits } from './trial-limits.js';
export { namedRecords, snapshotOf, withSnapshotsOf } from './library-snapshot.js';
export { namedSearches, withPriorsOf } from './prior-points.js';
export type { FindPriors, FoundPriors, PriorProblem } from './prior-points.js';
export type { FindSnapshot } from './library-snapshot.js';

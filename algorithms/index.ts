export { AlgorithmError } from './contract/algorithm-error.js';
export type {
  Action,
  Algorithm,
  AlgorithmProgram,
  AlgorithmUpdate,
  LearnedPolicy,
  SearchProblem,
  TellingOrder,
  UpdateRequest,
  UpdateResult,
} from './contract/algorithm.js';
export type { AlgorithmReference } from './contract/algorithm-reference.js';
export type {
  CandidateCounts,
  CandidateLimit,
  CandidateSource,
  Derivation,
  DerivedCandidate,
} from './contract/derivation.js';
export type { StateValue } from './contract/state-value.js';
export type {
  CombinedGate,
  FailureClass,
  Gate,
  GateRung,
  Goal,
  LeafValues,
  Metric,
  Metrics,
  Outcome,
  Proposal,
  RungGate,
  ToldTrial,
  Trial,
} from './contract/trial.js';
export { checkSlice, drawOf, leavesWeights, sliceByteLimit, sliceValueLimit } from './contract/slice.js';
export type {
  Draw,
  EmbedSlice,
  EvaluateSlice,
  MixSlice,
  ScoreSlice,
  Slice,
  TrainSlice,
} from './contract/slice.js';
export { readMixtureStage } from './contract/mixture-stage.js';
export type { MixtureStage } from './contract/mixture-stage.js';
export { relaxationOf } from './contract/relaxation.js';
export type {
  RelaxedChoice,
  RelaxedRow,
  RelaxedSite,
  RelaxedSum,
  Relaxation,
} from './contract/relaxation.js';
export { priorFields, priorUse, readPriorFields, readPriorPoints } from './contract/prior-points.js';
export type { PriorPoint, PriorReference, PriorUse } from './contract/prior-points.js';
export { register, stateByteLimit } from './contract/bound-algorithm.js';
export type { BoundAlgorithm, RegisteredAlgorithm } from './contract/bound-algorithm.js';
export {
  applyOperation,
  composedRegularizedEvolution,
  crowdingOrder,
  defineOperator,
  dominatesScores,
  evolution,
  geneticDistance,
  hillClimb,
  neat,
  nonDominatedFronts,
  nsga2,
  orientedScores,
} from './evolution/index.js';
export type {
  CustomOperator,
  EvolutionOptions,
  Globals,
  Individual,
  InitialPhase,
  Item,
  MutationChoice,
  Operation,
  OperationContext,
  Quantity,
  RankingKey,
  RecombinationOperator,
} from './evolution/index.js';
export * as operations from './evolution/operation-builders.js';
export * as schedules from './evolution/schedules.js';
export type {
  AlgorithmDescription,
  DescribedDecision,
  DescribedFigure,
  DescribedGroup,
  DescribedHistory,
} from './contract/description.js';
export { gateDecision, GateObserver } from './early-stopping/gate.js';
export type { GateDecision, GateValues, Report } from './early-stopping/gate.js';
export { deriveMa2ml } from './ma2ml/derivation.js';
export type { DerivationOptions, Ma2mlCandidate, Ma2mlCandidates } from './ma2ml/candidates.js';
export { reportMa2ml } from './ma2ml/report.js';
export type { Ma2mlAgentReport, Ma2mlHeadReport, Ma2mlReport } from './ma2ml/agents-report.js';
export {
  compareOutcomes,
  dominates,
  optimisedMetric,
  optimisedMetrics,
  scoreOf,
  scoresOf,
} from './contract/score.js';
export { decodeState, encodeState } from './contract/state-codec.js';
export {
  allOf,
  anyOf,
  byPercentile,
  byRank,
  byValue,
  forgetTrial,
  initialStoppingState,
  notStopped,
  observeMeasurement,
} from './early-stopping/stopping-policy.js';
export type {
  Judged,
  RankGate,
  StoppingMeasurement,
  StoppingPolicy,
  StoppingState,
  ValueGate,
} from './early-stopping/stopping-policy.js';
export { SessionError, TrialSession } from './sampling-session.js';
export type { Asked, SessionCode, SessionOptions, SessionState, SessionTrial } from './sampling-session.js';
export { wholeTrials } from './wrapping/policy-paths.js';
export type { PolicyPathsPlan } from './wrapping/policy-paths.js';
export { sampledTrialKind } from './wrapping/sampled-paths.js';
export type { SampledPathsPlan } from './wrapping/sampled-paths.js';
export { readSharing } from './wrapping/weight-sharing.js';
// The shipped algorithms: their builders, and what finds and binds them.
export * from './registry.js';

export { AlgorithmError } from './contract/algorithm.js';
export type {
  Action,
  Algorithm,
  AlgorithmReference,
  AlgorithmUpdate,
  CandidateCounts,
  CandidateLimit,
  CandidateSource,
  CombinedGate,
  Derivation,
  DerivedCandidate,
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
  SearchProblem,
  StateValue,
  TellingOrder,
  ToldTrial,
  Trial,
  UpdateRequest,
  UpdateResult,
} from './contract/algorithm.js';
export { register, stateByteLimit } from './contract/bound-algorithm.js';
export type { BoundAlgorithm, RegisteredAlgorithm } from './contract/bound-algorithm.js';
export { dedupe } from './wrapping/dedupe.js';
export type { DedupeOptions, OnDuplicate } from './wrapping/dedupe.js';
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
export * as operations from './evolution/operation.js';
export * as schedules from './evolution/schedules.js';
export type {
  AlgorithmDescription,
  DescribedDecision,
  DescribedFigure,
  DescribedGroup,
} from './contract/description.js';
export { fromList } from './simple/from-list.js';
export { gateDecision, GateObserver } from './early-stopping/gate.js';
export type { GateDecision, GateValues, Report } from './early-stopping/gate.js';
export { deriveMa2ml } from './ma2ml/derivation.js';
export type { DerivationOptions, Ma2mlCandidate, Ma2mlCandidates } from './ma2ml/candidates.js';
export { ma2ml } from './ma2ml/ma2ml.js';
export type { Ma2mlAgent, Ma2mlCost, Ma2mlOptions, Ma2mlOrderFree, Ma2mlVariant } from './ma2ml/options.js';
export { reportMa2ml } from './ma2ml/report.js';
export type { Ma2mlAgentReport, Ma2mlHeadReport, Ma2mlReport } from './ma2ml/agents-report.js';
export { random } from './simple/random.js';
export { algorithmNames, bindAlgorithm, findAlgorithm } from './registry.js';
export { regularizedEvolution } from './simple/regularized-evolution.js';
export type { RegularizedEvolutionOptions } from './simple/regularized-evolution.js';
export { reinforce } from './reinforce/reinforce.js';
export type { ReinforceOptions } from './reinforce/reinforce.js';
export {
  compareOutcomes,
  dominates,
  optimisedMetric,
  optimisedMetrics,
  scoreOf,
  scoresOf,
} from './contract/score.js';
export { decodeState, encodeState } from './contract/state-codec.js';
export { stopEarly } from './wrapping/stop-early.js';
export {
  allOf,
  anyOf,
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
export { successiveHalving } from './successive-halving/successive-halving.js';
export type { SuccessiveHalvingOptions } from './successive-halving/successive-halving.js';
export { sweep } from './simple/sweep.js';
export { SessionError, TrialSession } from './sampling-session.js';
export type { Asked, SessionCode, SessionOptions, SessionState, SessionTrial } from './sampling-session.js';

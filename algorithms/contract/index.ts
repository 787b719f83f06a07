export { AlgorithmError } from './algorithm-error.js';
export type { TellingOrder } from './algorithm.js';
export type { AlgorithmReference } from './algorithm-reference.js';
export type { CandidateCounts } from './derivation.js';
export { failureClasses } from './trial.js';
export type { FailureClass, Gate, Goal, Metric, Metrics, Outcome, Trial } from './trial.js';
export type { DescribedFigure, DescribedHistory } from './description.js';
export { optimisedMetrics } from './score.js';
export { checkSlice, drawOf, leavesWeights, sliceByteLimit, sliceValueLimit } from './slice.js';
export type { Draw, Slice } from './slice.js';
export { readMixtureStage } from './mixture-stage.js';
export type { MixtureStage } from './mixture-stage.js';
export { relaxationOf } from './relaxation.js';
export type { RelaxedChoice, Relaxation } from './relaxation.js';
export {
  embeddingValueCount,
  embeddingValues,
  readTaskEmbedding,
  shippedProbes,
} from './task-embedding.js';
export type { ProbeName, ShippedProbe, TaskEmbedding } from './task-embedding.js';

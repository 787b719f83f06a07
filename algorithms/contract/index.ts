export { AlgorithmError } from './algorithm-error.js';
export type { TellingOrder } from './algorithm.js';
export type { AlgorithmReference } from './algorithm-reference.js';
export type { CandidateCounts } from './derivation.js';
export { failureClasses } from './trial.js';
export type { FailureClass, Gate, Goal, Metric, Metrics, Outcome, Trial } from './trial.js';
export type { DescribedFigure } from './description.js';
export { optimisedMetrics } from './score.js';

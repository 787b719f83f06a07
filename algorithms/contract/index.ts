export { AlgorithmError } from './algorithm.js';
export type {
  AlgorithmReference,
  CandidateCounts,
  FailureClass,
  Gate,
  Goal,
  Metric,
  Metrics,
  Outcome,
  TellingOrder,
  Trial,
} from './algorithm.js';
export type { DescribedFigure } from './description.js';
export { optimisedMetrics } from './score.js';

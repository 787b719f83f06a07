export { bestRepetition } from './retraining.js';
export type {
  CandidateCorrelation,
  RepeatedValue,
  RetrainedCandidate,
  Retraining,
  RetrainingProgress,
} from './retraining.js';

export { command, commandAlgorithm } from './command.js';
export { custom, customAlgorithm } from './custom.js';
export type {
  CustomAlgorithm,
  CustomAnswer,
  CustomFunctions,
  CustomOutcome,
  CustomProblem,
  CustomProposal,
} from './custom.js';
export type { OwnOptions } from './own-options.js';
export { longestNote } from './own-state.js';
export type { HeardOutcome, Note } from './own-state.js';
export { readQuestion } from './own-update.js';
export type { OwnAnswer, OwnQuestion } from './own-update.js';

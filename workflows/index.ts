export * from './messages/messages.js';
export {
  activity,
  command,
  factorised,
  hybrid,
  joint,
  level,
  search,
  separate,
  surrogate,
  table,
  workflow,
} from './search-call.js';
export type { SearchCallOptions } from './search-call.js';
export type { FlowLevel, FlowResult, RunStage } from '../searches/index.js';

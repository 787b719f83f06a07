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
export type { DefinedSearchOptions, SearchCallOptions } from './search-call.js';
export type { DefinedSearch, FlowLevel, FlowResult, RunStage } from '../searches/index.js';

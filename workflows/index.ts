export * from './messages/messages.js';
export { buildLibrary } from './build-library.js';
export { LIBRARY_WORKFLOW, librarySourceLimit } from './messages/library-messages.js';
export type {
  BuiltLibrary,
  BuiltRecord,
  FailedSource,
  LibraryInput,
  LibrarySource,
} from './messages/library-messages.js';
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

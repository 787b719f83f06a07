import type {
  DefineOptions,
  LoadedSearchFile,
  SearchClient,
  ServerAddress,
  ServerOptions,
} from './client/index.js';

export { ClientError } from './client/errors/index.js';
export type {
  DefineOptions,
  JournalSummary,
  JournalTrial,
  LoadedSearchFile,
  SearchClient,
  SearchHandle,
  SearchListing,
  SearchState,
  ServerAddress,
  ServerOptions,
  StartedHandle,
  StartOptions,
} from './client/index.js';
export {
  fcNetTable,
  hpoBenchTable,
  jahsSurrogate,
  nasBench201Table,
  nasBenchMacroTable,
} from './searches/search-files/index.js';
export type {
  NasBench201DataSet,
  NasBench201TableOptions,
  ParameterPlaces,
  SeedReading,
} from './searches/search-files/index.js';
export { activity, command, defineSearch, level, workflow } from './searches/search-files/index.js';
export type {
  BudgetOptions,
  Evaluate,
  Evaluation,
  EvaluationOptions,
  ExternalEvaluator,
  FlatSearchOptions,
  Level,
  LevelOptions,
  Measure,
  NestedSearchOptions,
  Search,
} from './searches/search-files/index.js';
export { DefinitionError } from './searches/definition/index.js';
export type { DefinedSearch, SearchContext, SearchDefinition } from './searches/definition/index.js';
export { factorised, hybrid, joint, separate } from './searches/search-files/index.js';
export type { FlowLevel, FlowResult, RunStage } from './searches/search-files/index.js';
export { EvaluationError } from './searches/search-files/index.js';
export type {
  Checkpoint,
  CheckpointContent,
  InnerTrial,
  TrialCheckpoints,
  TrialDraw,
  TrialHandle,
  TrialLimits,
} from './searches/search-files/index.js';
export type { BestTrial, SearchProgress, SearchResult, TrialsView } from './searches/loop/index.js';
export type { TableDescription, TableKey, TableSource, TableValue } from './searches/definition/index.js';
export { sharedWeights } from './searches/search-files/index.js';
export type { FindWeights, FoundWeights, SharedWeightsEvaluator } from './searches/search-files/index.js';
export { clipped, surrogate, table } from './searches/search-files/index.js';
export type { TableEvaluator, TableOptions } from './searches/search-files/index.js';
export { toDefinition } from './searches/search-files/index.js';
export type { HashFile, SearchBundle } from './searches/search-files/index.js';

// Evaluating processes import this module with every search file, and workflow code may import it too: so each function
// here loads the client only when a caller needs it, and workflow bundles leave it out.

/** Connects to the Temporal server and the journals of the home; close the client when done. */
export async function connect(options?: ServerOptions): Promise<SearchClient> {
  const client = await import(/* webpackIgnore: true */ './client/index.js');
  return client.connect(options);
}

/** Bundles and loads a search file, so that its definition can be started by a client. */
export async function loadSearchFile(
  path: string,
  home: string,
  options?: DefineOptions,
): Promise<LoadedSearchFile> {
  const client = await import(/* webpackIgnore: true */ './client/index.js');
  return client.loadSearchFile(path, home, options);
}

/** Finds the Temporal server that `connect` would use, for workers of your own. */
export async function findServer(options?: ServerOptions): Promise<ServerAddress> {
  const client = await import(/* webpackIgnore: true */ './client/index.js');
  return client.findServer(options);
}

import type { DefinitionReference } from '../../searches/definition/index.js';

/** Name of the workflow type that fills a library. */
export const LIBRARY_WORKFLOW = 'buildLibrary';

/** A search that becomes a record of the library. */
export interface LibrarySource {
  /** Name of the search; its id is that of the flow with this name below it. */
  readonly name: string;
  /** What to call its task. */
  readonly task: string;
  readonly definition: DefinitionReference;
}

/** Input of the workflow `buildLibrary`. */
export interface LibraryInput {
  readonly sources: readonly LibrarySource[];
  /** Searches that run at the same time. */
  readonly concurrency: number;
}

/** A search of the flow that has become a record. */
export interface BuiltRecord {
  readonly search: string;
  readonly task: string;
  readonly hash: string;
  readonly hasWeights: boolean;
}

/** A search of the flow that has not, and why. */
export interface FailedSource {
  readonly search: string;
  readonly task: string;
  readonly problem: string;
}

/** What `buildLibrary` ends with, both lists in the order of the sources. */
export interface BuiltLibrary {
  readonly records: readonly BuiltRecord[];
  readonly failed: readonly FailedSource[];
}

/** Most searches of one flow: all stand in one history. */
export const librarySourceLimit = 200;

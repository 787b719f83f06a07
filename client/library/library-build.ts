import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { SearchDefinition } from '../../searches/definition/index.js';
import { withSnapshotsOf } from '../../searches/search-files/index.js';
import { ArtifactStore, FileBlobStore } from '../../storage/index.js';
import {
  LIBRARY_WORKFLOW,
  SEARCH_QUEUE,
  workflowTaskTimeout,
  type BuiltLibrary,
  type LibraryInput,
  type LibrarySource,
} from '../../workflows/messages/index.js';
import { ClientError } from '../errors/index.js';
import { JournalReader } from '../journals/journal-reader.js';

/** A search that becomes a record, and what to call its task (the name of the search). */
export interface LibrarySearch {
  readonly definition: SearchDefinition;
  readonly task?: string;
}

/** Options of a flow that fills a library. */
export interface LibraryBuildOptions {
  /** Id of the flow; its searches have ids below it. */
  readonly name: string;
  /** Searches that run at the same time (2). */
  readonly concurrency?: number;
}

/** A flow that fills a library. */
export interface LibraryBuild {
  /** The handle of the workflow, by which it can be cancelled. */
  readonly workflow: WorkflowHandle;
  readonly result: () => Promise<BuiltLibrary>;
}

/**
 * Starts the flow `buildLibrary`, or finds the one of the same name: attaches to it while it is open, and goes on with it
 * when it was cancelled or failed. Throws `ClientError` where the name is that of another workflow.
 */
export async function startLibraryBuild(
  temporal: Client,
  home: string,
  searches: readonly LibrarySearch[],
  options: LibraryBuildOptions,
): Promise<LibraryBuild> {
  const workflow = temporal.workflow.getHandle(options.name);
  try {
    await temporal.workflow.start(LIBRARY_WORKFLOW, {
      workflowId: options.name,
      taskQueue: SEARCH_QUEUE,
      workflowTaskTimeout,
      args: [await libraryInput(searches, options, home)],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: `library ${options.name}: ${searches.length} searches`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { type } = await workflow.describe();
    if (type !== LIBRARY_WORKFLOW) {
      throw new ClientError(
        'input',
        `"${options.name}" is open, and builds no library: use another name for the flow.`,
        { cause: error },
      );
    }
  }
  // Only the workflow of this type has the id, and this is what it returns.
  return { workflow, result: async () => (await workflow.result()) as BuiltLibrary };
}

/**
 * The input of the flow; definitions go by hash, because many of them are more than a message holds. A search that has a
 * journal below the id goes on with the records of the library that it began with, however the library has grown since.
 */
async function libraryInput(
  searches: readonly LibrarySearch[],
  { name, concurrency = 2 }: LibraryBuildOptions,
  home: string,
): Promise<LibraryInput> {
  const artifacts = new ArtifactStore(new FileBlobStore(home));
  const reader = new JournalReader(home);
  const sources: LibrarySource[] = [];
  for (const { definition, task = definition.name } of searches) {
    const before = await reader.read(`${name}/${definition.name}`);
    const own = before === null ? definition : withSnapshotsOf(definition, before.summary.definition);
    const hash = await artifacts.put(new TextEncoder().encode(JSON.stringify(own)));
    sources.push({ name: definition.name, task, definition: { kind: 'stored', hash } });
  }
  return { sources, concurrency };
}

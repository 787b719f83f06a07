import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { defineSearch } from 'duramen';
import { regularizedEvolution } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';
import { workflow } from 'duramen/workflows';
import { toDefinition, type SearchDefinition, type SearchResult } from '../../searches/index.js';
import { FileBlobStore, VouchedDefinitions } from '../../storage/index.js';
import {
  SEARCH_QUEUE,
  SEARCH_WORKFLOW,
  workflowTaskTimeout,
  type SearchInput,
} from '../../workflows/messages/messages.js';
import { runHistories, type RunHistory } from './run-histories.js';

export const longSearch = 'long';
const evaluationQueue = 'sleeping';

/** How a long search went. */
export interface LongSearch {
  readonly result: SearchResult;
  /** By the server's clock, from the start of the search until it closed. */
  readonly simulatedHours: number;
  /** By the clock of this machine. */
  readonly seconds: number;
  /** In their order. */
  readonly runs: readonly RunHistory[];
}

export function longDefinition(trials: number): SearchDefinition {
  const search = defineSearch({
    name: longSearch,
    space: space({ x: float(0, 1) }),
    metrics: { loss: 'minimize' },
    algorithm: regularizedEvolution({ populationSize: 50, tournamentSize: 10 }),
    budget: { trials, concurrency: 16 },
    seed: 1,
    evaluate: workflow('sleeping', null, { taskQueue: evaluationQueue }),
  });
  return toDefinition(search, { hash: '', packages: '' });
}

/**
 * Runs the search of a home to its end on a server that skips time, with the evaluations in this process. `served` settles when
 * the worker of the search ends, which is an error before the search has ended.
 */
export async function runLongSearch(
  environment: TestWorkflowEnvironment,
  home: string,
  trials: number,
  served: Promise<unknown>,
): Promise<LongSearch> {
  // It may fail before the race below awaits it; unhandled until then, that would end this process.
  served.catch(() => undefined);
  await new VouchedDefinitions(new FileBlobStore(home)).vouch(longDefinition(trials));
  const workflowsPath = fileURLToPath(new URL('./sleeping.ts', import.meta.url));
  const evaluations = await Worker.create({
    connection: environment.nativeConnection,
    namespace: 'default',
    taskQueue: evaluationQueue,
    maxCachedWorkflows: 100,
    workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }),
  });
  const evaluating = evaluations.run();
  const ended = Promise.race([served, evaluating]).then(() => {
    throw new Error('A worker ended before the search: it was asked to, by a signal perhaps.');
  });
  const following = follow(environment, trials);
  try {
    return await Promise.race([following, ended]);
  } catch (error) {
    // `following` must not ask for the result any more when the caller closes the connection.
    const handle = environment.client.workflow.getHandle(longSearch);
    await handle.terminate().catch(() => undefined);
    await following.catch(() => undefined);
    throw error;
  } finally {
    if (evaluations.getState() === 'RUNNING') evaluations.shutdown();
    // `ended` has thrown the failure of a worker, unless the search had already ended: then it does not matter.
    await evaluating.catch(() => undefined);
  }
}

async function follow(environment: TestWorkflowEnvironment, trials: number): Promise<LongSearch> {
  const { workflow: workflows } = environment.client;
  const input: SearchInput = {
    definition: { kind: 'inline', definition: longDefinition(trials) },
    level: 0,
    context: {},
    parentPaused: false,
  };
  const began = performance.now();
  const simulatedFrom = await environment.currentTimeMs();
  const handle = await workflows.start(SEARCH_WORKFLOW, {
    workflowId: longSearch,
    taskQueue: SEARCH_QUEUE,
    workflowTaskTimeout,
    args: [input],
  });
  // The server skips time while a client awaits a result. Only the workflow `search` gives one here.
  const result = (await handle.result()) as SearchResult;
  const seconds = (performance.now() - began) / 1000;
  // Once no workflow sleeps, the server's clock goes on to the end of time, so the close time of the search counts.
  const { closeTime } = await workflows.getHandle(longSearch).describe();
  if (closeTime === undefined) throw new Error('The server does not say when the search closed.');
  return {
    result,
    simulatedHours: (closeTime.getTime() - simulatedFrom) / 3_600_000,
    seconds,
    runs: await runHistories(environment.client, longSearch, handle.firstExecutionRunId),
  };
}

import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { defineSearch } from 'duramen';
import { regularizedEvolution } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';
import { workflow } from 'duramen/workflows';
import { toDefinition, type SearchDefinition, type SearchResult } from '../../searches/index.js';
import {
  SEARCH_QUEUE,
  SEARCH_WORKFLOW,
  workflowTaskTimeout,
  type SearchInput,
} from '../../workflows/messages/messages.js';
import { runHistories, type RunHistory } from './run-histories.js';

export const longSearch = 'long';
const evaluationQueue = 'sleeping';

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
 * Runs the search to its end on a server that skips time, with the evaluations in this process. `served`: what serves
 * the search; when it ends before the search does, that is an error.
 */
export async function runLongSearch(
  environment: TestWorkflowEnvironment,
  trials: number,
  served: Promise<unknown>,
): Promise<LongSearch> {
  // It may fail before anyone waits for it.
  served.catch(() => undefined);
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
    // Its result must not be asked for any more when the connection is closed.
    const handle = environment.client.workflow.getHandle(longSearch);
    await handle.terminate().catch(() => undefined);
    await following.catch(() => undefined);
    throw error;
  } finally {
    if (evaluations.getState() === 'RUNNING') evaluations.shutdown();
    // Why a worker failed is what `ended` says, or of no more interest.
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
  // The server skips time while a result is waited for. Only the workflow `search` gives one here.
  const result = (await handle.result()) as SearchResult;
  const seconds = (performance.now() - began) / 1000;
  // With nothing left to wait for, the server's clock goes on to the end of time: what counts is when the search closed.
  const { closeTime } = await workflows.getHandle(longSearch).describe();
  if (closeTime === undefined) throw new Error('The server does not say when the search closed.');
  return {
    result,
    simulatedHours: (closeTime.getTime() - simulatedFrom) / 3_600_000,
    seconds,
    runs: await runHistories(environment.client, longSearch, handle.firstExecutionRunId),
  };
}

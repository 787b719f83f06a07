import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { connect, type SearchClient } from 'duramen';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { packageRoot } from '../setup/folders.mjs';
import { EmbeddedServer } from '../client/index.js';
import { workflowBundle } from '../workers/build-workflow-bundle.js';
import { readCount } from './count-option.js';
import { median } from './durable-trials/contender.js';
import { Duramen } from './durable-trials/duramen.js';
import { historiesOfRuns, type WorkflowHistory } from './long-search/run-histories.js';

/**
 * How long the longest history of a search takes to replay when no worker has it in its cache: the median of
 * `--repeats` replays, by the clock and in processor time. The search has 2,000 trials, or `--trials N`.
 */
export async function run(benchArguments: readonly string[]): Promise<void> {
  const trials = readCount(benchArguments, '--trials', 2_000, 1);
  const repeats = readCount(benchArguments, '--repeats', 5, 1);
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const history = await longestHistory(trials);
  const options = { workflowBundle: { codePath: path.join(packageRoot, 'dist', workflowBundle) } };
  const replay = (): Promise<void> => Worker.runReplayHistory(options, history, 'replayed');
  // The first one also compiles the code of the SDK.
  await replay();
  const milliseconds: number[] = [];
  const processorMilliseconds: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const from = { clock: performance.now(), processor: process.cpuUsage() };
    await replay();
    milliseconds.push(performance.now() - from.clock);
    const { user, system } = process.cpuUsage(from.processor);
    processorMilliseconds.push((user + system) / 1000);
  }
  console.log(
    JSON.stringify({
      bench: 'replay-time',
      trials,
      events: history.events?.length ?? 0,
      repeats,
      milliseconds: Math.round(median(milliseconds)),
      processorMilliseconds: Math.round(median(processorMilliseconds)),
    }),
  );
}

/** Runs a search whose evaluations cost nothing on a server and a worker of its own. */
async function longestHistory(trials: number): Promise<WorkflowHistory> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'duramen-replay-'));
  const server = new EmbeddedServer(home);
  let client: SearchClient | null = null;
  let duramen: Duramen | null = null;
  try {
    const { address, pid: serverPid } = await server.start();
    client = await connect({ home, address, namespace: 'default' });
    duramen = await Duramen.start({ client, address, serverPid, home, nodeOptions: [] });
    await duramen.run(trials);
    return await longestOf(client, `null-${trials}-1`);
  } finally {
    await duramen?.stop();
    await client?.close();
    await server.stop();
    await rm(home, { recursive: true, force: true });
  }
}

async function longestOf({ temporal }: SearchClient, search: string): Promise<WorkflowHistory> {
  const { raw } = await temporal.workflow.getHandle(search).describe();
  const firstRunId = raw.workflowExecutionInfo?.firstRunId;
  if (firstRunId === null || firstRunId === undefined || firstRunId === '')
    throw new Error(`The server does not say which run of ${search} was the first.`);
  let longest: WorkflowHistory = { events: [] };
  for await (const history of historiesOfRuns(temporal, search, firstRunId)) {
    if ((history.events?.length ?? 0) > (longest.events?.length ?? 0)) longest = history;
  }
  return longest;
}

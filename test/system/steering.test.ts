import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { regularizedEvolution } from '../../algorithms/index.js';
import { float, space } from '../../search-spaces/index.js';
import type { SearchDefinition } from '../../searches/index.js';
import { until } from '../support/search-laboratory.js';
import { TestInstallation } from '../support/test-installation.js';

const installation = new TestInstallation(inject('temporalCliPath'));
beforeAll(() => installation.start());
afterAll(() => installation.close());

/** Trains for six steps, parks when it is asked to, and goes on from its last checkpoint. */
const evaluate = `async (p, trial) => {
  const saved = await trial.checkpoint.latest();
  for (let step = saved === null ? 1 : saved.step + 1; step <= 6; step++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    trial.report(step, { loss: 10 / step });
    await trial.checkpoint.save(new Uint8Array([step]), step);
    if (trial.signal.aborted) return;
  }
  return { loss: (p.x - 1) * (p.x - 1) };
}`;

const define = (name: string): Promise<SearchDefinition> =>
  installation.define(
    {
      name,
      space: space({ x: float(-5, 10) }),
      metrics: { loss: 'minimize' },
      algorithm: regularizedEvolution({ populationSize: 3, tournamentSize: 2 }),
      budget: { trials: 8, concurrency: 1 },
    },
    evaluate,
  );
const expected = (definition: SearchDefinition): string =>
  installation.expected(definition, ({ x }) => (x - 1) * (x - 1));

test('a pause of Duramen and one of the server outlive the server and all workers', async () => {
  const [own, servers] = [await define('paused'), await define('paused-by-server')];
  const { handle } = await installation.search(own);
  const other = (await installation.search(servers)).handle;
  await until(async () => (await handle.progress()).trials > 0 && (await other.progress()).trials > 0);
  await handle.pause();
  const pause = { namespace: 'default', workflowId: other.id, identity: 'test', reason: 'test' };
  const service = installation.client.temporal.workflowService;
  await service.pauseWorkflowExecution({ ...pause, requestId: 'pause' });
  await until(async () => (await handle.progress()).running.length === 0);

  await installation.killWorker();
  await installation.killServer();
  await until(async () => (await installation.server.status()).kind === 'stopped');
  await installation.startWorker();

  // A worker answers: what it says comes from the workflow, not from the journal.
  await until(async () => (await handle.progress()).message === null);
  const { trials } = await handle.progress();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(await handle.progress()).toMatchObject({ phase: 'paused', running: [], trials });
  expect(await other.state()).toEqual({ kind: 'open', pausedByServer: true });
  await expect(other.unpause()).rejects.toThrow(
    'Search "paused-by-server" is paused by the server: unpause it first (temporal workflow unpause -w paused-by-server).',
  );

  await handle.unpause();
  expect((await handle.result()).trajectoryHash).toBe(expected(own));
  await service.unpauseWorkflowExecution({ ...pause, requestId: 'unpause' });
  expect((await installation.resultAfterServerPause(servers)).trajectoryHash).toBe(expected(servers));
}, 120_000);

test('temporal workflow cancel: trainings park, nothing half is left, and the search can be resumed', async () => {
  const definition = await define('cancelled');
  const { handle } = await installation.search(definition);
  await until(async () => (await handle.progress()).trials > 1);
  const { address } = await installation.server.start();
  await promisify(execFile)(inject('temporalCliPath'), [
    ...['workflow', 'cancel', '--workflow-id', 'cancelled', '--address', address],
  ]);
  await until(async () => (await handle.state())?.kind === 'closed');
  expect(await handle.state()).toMatchObject({ phase: 'cancelled' });
  const told = await installation.told('cancelled');
  expect(told.length).toBeLessThan(8);
  const folder = join(installation.home, 'trials', 'cancelled');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => basename(file).startsWith('.'))).toEqual([]);

  const result = await installation.run(definition);
  expect(result.trajectoryHash).toBe(expected(definition));
  expect(await installation.told('cancelled')).toEqual(Array.from({ length: 8 }, (_, index) => index));
}, 60_000);

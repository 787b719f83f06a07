import { execFile } from 'node:child_process';
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { learnedPaths } from '../../algorithms/index.js';
import { JournalVerifier } from '../../client/index.js';
import type { SearchDefinition, SearchResult } from '../../searches/index.js';
import { until } from '../support/search-laboratory.js';
import { ToyInstallation } from '../support/slices/toy-installation.js';
import { addToyPolicy, toyPolicy } from '../support/slices/toy-policy.js';
import { ToyRun } from '../support/slices/toy-search.js';
import type { TestInstallation } from '../support/test-installation.js';

addToyPolicy();

let toys: ToyInstallation;
let installation: TestInstallation;
beforeAll(async () => {
  toys = await ToyInstallation.start(inject('temporalCliPath'));
  ({ installation } = toys);
}, 180_000);
afterAll(() => toys.close());

/** Demands the result, the journal and the checkpoints of the search that nothing disturbs. */
async function same(definition: SearchDefinition, result: SearchResult): Promise<ToyRun> {
  const calm = new ToyRun(definition);
  if (result.cost > (definition.levels[0]?.budget.cost ?? 0)) {
    calm.loop.intervene({ kind: 'extend', budget: { cost: result.cost } });
  }
  await calm.runOut();
  const expected = calm.loop.report.result(calm.reason);
  const { trajectoryHash, cost, best, trials } = result;
  expect({ trajectoryHash, cost, best, trials }).toEqual({
    trajectoryHash: expected.trajectoryHash,
    cost: expected.cost,
    best: expected.best,
    trials: expected.trials,
  });
  const told = await installation.told(definition.name);
  expect([...told].sort((a, b) => a - b)).toEqual(told.map((_, place) => place));
  const { fault } = await new JournalVerifier(installation.home).verify(definition.name);
  expect(fault).toBeNull();
  expect(keptCheckpoints(definition.name)).toEqual([...calm.checkpoints.keys()].sort((a, b) => a - b));
  return calm;
}

/** Indices of the trials that have checkpoints on the disk. */
function keptCheckpoints(search: string): readonly number[] {
  const folder = join(installation.home, 'trials', search);
  return readdirSync(folder)
    .filter((index) => existsSync(join(folder, index, 'checkpoints')))
    .map(Number)
    .sort((a, b) => a - b);
}

const duramen = async (...args: readonly string[]): Promise<string> => {
  const main = join(toys.dist, 'cli', 'main.js');
  const environment = { ...process.env, ...toys.environment, DURAMEN_HOME: installation.home };
  return (await promisify(execFile)(process.execPath, [main, ...args], { env: environment })).stdout;
};

test('undisturbed: exactly the declared epochs, the trajectory of the plain loop, and one line for each slice', async () => {
  const definition = await toys.define('calm', {}, {}, 5);
  const result = await installation.run(definition);
  expect(result).toMatchObject({ cost: 4, reason: { kind: 'cost' } });
  const calm = await same(definition, result);

  const workflow = installation.client.temporal.workflow.getHandle('calm');
  const history = await workflow.fetchHistory();
  await Worker.runReplayHistory(
    { workflowBundle: { codePath: join(toys.dist, 'workflow-bundle.js') } },
    history,
    'calm',
  );
  const { events } = history;
  const summaries = (events ?? []).flatMap(({ userMetadata }) => {
    const data = userMetadata?.summary?.data;
    return data === undefined || data === null ? [] : [String(JSON.parse(Buffer.from(data).toString()))];
  });
  expect(summaries).toContain('epoch 1: train on uniform paths (trial 0)');
  expect(summaries).toContain('epoch 2: train on policy paths (trial 4)');
  expect(
    summaries.find((text) => /^epoch 2: update 3 of 3, gain [\d.]+ \(trial 7\)$/.test(text)),
  ).toBeDefined();
  expect(summaries).toContain('evaluate under the shared weights (trial 12)');
  const { searchAttributes } = await workflow.describe();
  expect(searchAttributes).toMatchObject({ DuramenBest: [result.best?.metrics['accuracy']] });

  expect(await duramen('show', 'calm')).toContain(result.trajectoryHash);
  expect(await duramen('verify', 'calm')).toContain('calm');
  const rows = (await duramen('trials', 'calm', '--json')).trim().split('\n');
  expect(rows.map((row) => (JSON.parse(row) as { slice: unknown }).slice)).toEqual(
    calm.trials.map(({ slice }) => slice),
  );
  await duramen('report', 'calm', '--output', join(installation.home, 'calm.html'));
  expect(existsSync(join(installation.home, 'calm.html'))).toBe(true);
}, 120_000);

test('paused in the middle of an epoch, cancelled and resumed, and extended twice', async () => {
  const definition = await toys.define('steered', {}, {}, 60);
  const { handle } = await installation.search(definition);
  await until(async () => (await handle.progress()).trials >= 4);
  await handle.pause();
  await until(async () => (await handle.progress()).running.length === 0);
  const { trials } = await handle.progress();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect((await handle.progress()).trials).toBe(trials);
  await handle.unpause();
  await until(async () => (await handle.progress()).trials >= trials + 3);
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow();
  const again = (await installation.search(definition)).handle;
  await again.extend({ cost: 5 });
  expect(await again.result()).toMatchObject({ cost: 5, reason: { kind: 'cost' } });
  await installation.client.extend('steered', { cost: 6 });
  const result = await installation.client.handle('steered').result();
  expect(result.cost).toBe(6);
  await same(definition, result);
}, 180_000);

test.each(['search worker', 'trainer worker', 'evaluating process', 'server'] as const)(
  'killed twice, the %s: the search ends as the undisturbed one',
  async (victim) => {
    const definition = await toys.define(`killed-${victim.replace(' ', '-')}`, {}, {}, 60);
    const running = installation.run(definition);
    const handle = installation.client.handle(definition.name);
    for (const trials of [2, 9]) {
      await until(async () => (await handle.progress().catch(() => ({ trials: 0 }))).trials >= trials, 60);
      switch (victim) {
        case 'search worker':
          await installation.killWorker('search');
          await installation.startWorker(2, 'search');
          break;
        case 'trainer worker':
          await installation.killWorker('trainer');
          await installation.startWorker(2, 'trainer');
          break;
        case 'evaluating process':
          await until(() => installation.killEvaluations().length > 0);
          break;
        case 'server':
          await installation.killServer();
          await installation.server.start();
          break;
        default:
          victim satisfies never;
      }
    }
    await same(definition, await running);
  },
  180_000,
);

test('an enqueued point is refused, and a missing checkpoint stops the search; once it is back, the search goes on', async () => {
  const definition = await toys.define('bad-input', { retries: 0 }, {}, 60);
  const { handle } = await installation.search(definition);
  await until(async () => (await handle.progress()).trials >= 5);
  await expect(handle.enqueue({ parameters: { x: 3, k: 'a' } })).rejects.toThrow(
    'toySlices shares weights between its trials, and an enqueued point would have no checkpoint to continue',
  );
  await handle.pause();
  await until(async () => (await handle.progress()).running.length === 0);
  const [last] = [...keptCheckpoints('bad-input')].reverse().filter((index) => [0, 4, 8].includes(index));
  const checkpoints = join(installation.home, 'trials', 'bad-input', String(last), 'checkpoints');
  renameSync(checkpoints, `${checkpoints}-elsewhere`);
  await handle.unpause();
  await expect(handle.result()).rejects.toThrow(
    new RegExp(`goes on with the weights of trial ${last}, whose checkpoint is missing: restore it`),
  );
  expect((await handle.journal()).closed).toMatchObject({ phase: 'failed' });
  renameSync(`${checkpoints}-elsewhere`, checkpoints);
  await same(definition, await installation.run(definition));
}, 120_000);

test('an update that the algorithm refuses closes the search with its sentence, also when it is run again', async () => {
  const sharing = { paths: 'policy', epochs: 2, scores: { perEpoch: 2 }, evaluations: 2 } as const;
  const changes = { algorithm: learnedPaths(toyPolicy({ most: 0 }), sharing), budget: { cost: 2 } };
  const definition = await toys.define('refused', changes, {}, 5);
  const told: (readonly number[])[] = [];
  for (let runs = 0; runs < 2; runs += 1) {
    const { handle } = await installation.search(definition);
    await expect(handle.result()).rejects.toThrow(
      /a reward of [\d.]+ is above 0: measure accuracies from 0 to 1/,
    );
    expect((await handle.journal()).closed).toMatchObject({ phase: 'failed' });
    told.push(await installation.told('refused'));
  }
  // The epoch and its first scores count, and are not evaluated again.
  expect(told).toEqual([
    [0, 1],
    [0, 1],
  ]);
  const { fault } = await new JournalVerifier(installation.home).verify('refused');
  expect(fault).toBeNull();
}, 60_000);

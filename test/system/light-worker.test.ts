import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { random } from '../../algorithms/index.js';
import { float, space } from '../../search-spaces/index.js';
import type { SearchDefinition } from '../../searches/index.js';
import { commandLine, descendants } from '../support/process-tree.js';
import { TestInstallation } from '../support/test-installation.js';

const installation = new TestInstallation(inject('temporalCliPath'));

beforeAll(() => installation.start(), 60_000);
afterAll(() => installation.close());

function worker(): number {
  const own = descendants(process.pid).filter((pid) => commandLine(pid).includes(installation.home));
  const found = own.find((pid) => commandLine(pid).includes('workers/main.js'));
  if (found === undefined) throw new Error('No worker runs.');
  return found;
}

const define = (name: string, trials: number, evaluate: string): Promise<SearchDefinition> =>
  installation.define(
    {
      name,
      light: true,
      space: space({ x: float(0, 1) }),
      metrics: { loss: 'minimize' },
      algorithm: random(),
      budget: { trials, concurrency: 4 },
    },
    evaluate,
  );

test('a light function that forgets a rejected promise ends no worker', async () => {
  const before = worker();
  const forgetful = `({ x }) => { Promise.reject(new Error('forgotten')); return { loss: x }; }`;
  const { handle } = await installation.search(await define('forgetful', 20, forgetful));
  expect((await handle.result()).scored).toBe(20);
  expect(worker()).toBe(before);
}, 60_000);

test('no trial is to blame when the only worker stood still', async () => {
  const slow = `({ x }) => new Promise((resolve) => setTimeout(() => resolve({ loss: x }), 300))`;
  const { handle } = await installation.search(await define('frozen', 60, slow));
  await sleep(1_500);
  const pid = worker();
  process.kill(pid, 'SIGSTOP');
  // Longer than the five attempts that a trial has when errors are to blame.
  await sleep(30_000);
  process.kill(pid, 'SIGCONT');
  expect((await handle.result()).scored).toBe(60);
  const records = (await handle.journal()).trials;
  expect(records).toHaveLength(60);
  expect(await installation.interventions('frozen')).toEqual([]);
}, 120_000);

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { random } from '../../algorithms/index.js';
import { float, space } from '../../search-spaces/index.js';
import type { SearchDefinition } from '../../searches/index.js';
import { FileBlobStore, JournalStore, storeId } from '../../storage/index.js';
import { progressQuery } from '../../workflows/messages/messages.js';
import { simulate } from '../support/plain-search.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

const elsewhere = mkdtempSync(join(tmpdir(), 'duramen-elsewhere-'));
let laboratory: SearchLaboratory;
beforeAll(async () => {
  laboratory = await SearchLaboratory.open('foreign-store');
});
afterAll(async () => {
  await laboratory.close();
  rmSync(elsewhere, { recursive: true, force: true });
});

const define = (name: string): Promise<SearchDefinition> =>
  laboratory.define(
    {
      name,
      space: space({ x: float(-5, 10) }),
      metrics: { loss: 'minimize' },
      algorithm: random(),
      budget: { trials: 20, concurrency: 2 },
    },
    { evaluate: '(p) => ({ loss: p.x * p.x })' },
  );
const expected = (definition: SearchDefinition): string =>
  simulate(definition, (point) => {
    const { x } = point as { readonly x: number };
    return { kind: 'scored', metrics: { loss: x * x } };
  }).trajectoryHash;

test('a store has one id for ever, and another store another one', async () => {
  const id = await storeId(new FileBlobStore(laboratory.home));
  expect(await storeId(new FileBlobStore(laboratory.home))).toBe(id);
  expect(await storeId(new FileBlobStore(elsewhere))).not.toBe(id);
});

test('workers of another home write nothing for a search, which pauses with a sentence and then goes on', async () => {
  const store = await storeId(new FileBlobStore(laboratory.home));
  const definition = await define('guarded');
  const worker = await laboratory.startWorker(2, ['search']);
  const foreign = await laboratory.startWorker(2, ['cpu'], { home: elsewhere });
  const handle = await laboratory.start(definition, { store });
  await until(async () => (await handle.query(progressQuery)).phase === 'paused', 40);
  expect((await handle.query(progressQuery)).message).toMatch(
    /belongs to the store .*, and the worker that took its work has the store .*: stop that worker/,
  );
  await laboratory.stop(foreign);
  const trainer = await laboratory.startWorker(2, ['cpu']);
  await laboratory.search(handle).unpause();
  const latest = laboratory.client.workflow.getHandle('guarded');
  expect((await laboratory.result(latest)).trajectoryHash).toBe(expected(definition));
  await laboratory.stop(worker);
  await laboratory.stop(trainer);
}, 90_000);

test('two search workers of two homes on one server do not split a journal', async () => {
  const store = await storeId(new FileBlobStore(laboratory.home));
  const definition = await define('whole');
  // One connection takes only one worker of a task queue.
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const workers = [
    await laboratory.startWorker(2),
    await laboratory.startWorker(2, ['search'], { home: elsewhere, connection }),
  ];
  const handle = await laboratory.start(definition, { store });
  const latest = laboratory.client.workflow.getHandle(handle.workflowId);
  expect((await laboratory.result(latest)).trajectoryHash).toBe(expected(definition));
  const told = (await laboratory.records('whole')).filter(({ kind }) => kind === 'told');
  expect(told).toHaveLength(20);
  expect(await new JournalStore(new FileBlobStore(elsewhere)).exists('whole')).toBe(false);
  for (const worker of workers) await laboratory.stop(worker);
  await connection.close();
}, 90_000);

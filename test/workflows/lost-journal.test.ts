import { readdirSync, rmSync, truncateSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { random } from '../../algorithms/index.js';
import { JournalVerifier } from '../../client/index.js';
import { float, space } from '../../search-spaces/index.js';
import { journalFolder } from '../../storage/index.js';
import { extendUpdate, progressQuery } from '../../workflows/messages/messages.js';
import { callUpdate } from '../../client/update-call.js';
import { simulate } from '../support/plain-search.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

let laboratory: SearchLaboratory;
beforeAll(async () => {
  laboratory = await SearchLaboratory.open('lost-journal');
  await laboratory.startWorker(2);
});
afterAll(() => laboratory.close());

const loss = (x: number): number => (x - 1) * (x - 1);
const evaluate = `async (p) => {
  await new Promise((resolve) => setTimeout(resolve, 150));
  return { loss: (p.x - 1) * (p.x - 1) };
}`;
const define = (name: string, trials: number) =>
  laboratory.define(
    {
      name,
      space: space({ x: float(-5, 10) }),
      metrics: { loss: 'minimize' },
      algorithm: random(),
      budget: { trials, concurrency: 2 },
      light: true,
    },
    { evaluate },
  );

test('a journal that is deleted, then cut, while its search is open is whole again at its next write', async () => {
  const definition = await define('lost', 90);
  const handle = await laboratory.start(definition);
  const folder = join(laboratory.home, journalFolder('lost'));
  await until(async () => (await laboratory.records('lost')).length > 10);
  rmSync(folder, { recursive: true });
  await until(async () => (await laboratory.records('lost')).length > 20);
  const records = join(folder, '=records');
  const last = join(records, readdirSync(records).sort().at(-1) ?? '');
  truncateSync(last, 40);
  const result = await laboratory.result(handle);
  const plain = simulate(definition, (point) => ({
    kind: 'scored',
    metrics: { loss: loss((point as { readonly x: number }).x) },
  }));
  expect(result.trajectoryHash).toBe(plain.trajectoryHash);
  const told = (await laboratory.records('lost')).filter(({ kind }) => kind === 'told');
  expect(told).toHaveLength(90);
  expect((await new JournalVerifier(laboratory.home).verify('lost')).fault).toBe(null);
}, 60_000);

test('what an update has changed is in the journal when it is answered', async () => {
  const definition = await define('acknowledged', 60);
  const handle = await laboratory.start(definition);
  await until(async () => (await handle.query(progressQuery)).trials > 0);
  for (const trials of [61, 62, 63]) {
    await callUpdate(laboratory.client, 'acknowledged', extendUpdate, [{ trials }]);
    const interventions = (await laboratory.records('acknowledged')).flatMap((record) =>
      record.kind === 'intervention' ? [record.intervention] : [],
    );
    expect(interventions.at(-1)).toEqual({ kind: 'extend', budget: { trials } });
  }
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow();
});

test('the journal follows a search in which nothing more happens, within a few seconds', async () => {
  const gate = join(laboratory.home, 'never');
  const definition = await laboratory.define(
    {
      name: 'quiet',
      space: space({ x: float(-5, 10) }),
      metrics: { loss: 'minimize' },
      algorithm: random(),
      budget: { trials: 3, concurrency: 3 },
      light: true,
    },
    {
      // The first outcome meets proposals that are old enough to be written; the second one waits for another event.
      evaluate: `async (p, { index }) => {
        const { existsSync } = await import('node:fs');
        if (index < 2) await new Promise((resolve) => setTimeout(resolve, 2_300 + 500 * index));
        while (index === 2 && !existsSync(${JSON.stringify(gate)}))
          await new Promise((resolve) => setTimeout(resolve, 50));
        return { loss: p.x };
      }`,
    },
  );
  const handle = await laboratory.start(definition);
  await until(async () => (await handle.query(progressQuery)).trials === 2);
  const told = async (): Promise<number> =>
    (await laboratory.records('quiet')).filter(({ kind }) => kind === 'told').length;
  await until(async () => (await told()) === 2, 8);
  expect((await handle.query(progressQuery)).running).toEqual([2]);
  await writeFile(gate, '');
  expect((await laboratory.result(handle)).trials).toBe(3);
}, 40_000);

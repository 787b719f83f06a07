import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { regularizedEvolution } from '../../algorithms/index.js';
import { JournalVerifier } from '../../client/index.js';
import { float, space } from '../../search-spaces/index.js';
import { level } from '../../searches/index.js';
import { simulate } from '../support/plain-search.js';
import { until } from '../support/search-laboratory.js';
import { TestInstallation } from '../support/test-installation.js';

const installation = new TestInstallation(inject('temporalCliPath'));
const { home } = installation;
const server = join(home, 'server');
const backup = join(home, 'backup');
const finished = join(home, 'finished');

beforeAll(async () => {
  mkdirSync(finished);
  await installation.start();
});
afterAll(() => installation.close());

/** An evaluation of some tenths of a second that leaves a file each time that it comes to its end. */
const evaluate = `async (p, trial) => {
  for (let step = 1; step <= 3; step++) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    trial.report(step, { loss: p.x });
  }
  const { appendFileSync } = await import('node:fs');
  const search = trial.context.outer === undefined ? 'flat' : 'inner-' + trial.context.outer.n;
  appendFileSync(${JSON.stringify(`${finished}/`)} + search, trial.index + '\\n');
  return { loss: (p.x - 1) * (p.x - 1) };
}`;

/** Files of the server's database, with the log that belongs to it. */
function databaseFiles(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.startsWith('search.db'));
}

function copyDatabase(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of databaseFiles(to)) rmSync(join(to, name));
  for (const name of databaseFiles(from)) copyFileSync(join(from, name), join(to, name));
}

async function serverStopped(): Promise<void> {
  await installation.killServer();
  await until(async () => (await installation.server.status()).kind === 'stopped');
}

/** How often each trial came to its end. */
function ends(search: string): ReadonlyMap<number, number> {
  const file = join(finished, search);
  const counts = new Map<number, number>();
  if (!existsSync(file)) return counts;
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    counts.set(Number(line), (counts.get(Number(line)) ?? 0) + 1);
  }
  return counts;
}

test('an old copy of the database beside a newer journal: the same search, and no finished trial again', async () => {
  const metrics = { loss: 'minimize' } as const;
  const evolution = regularizedEvolution({ populationSize: 5, tournamentSize: 2 });
  const flat = await installation.define(
    {
      name: 'flat',
      metrics,
      space: space({ x: float(-5, 10) }),
      algorithm: evolution,
      budget: { trials: 40, concurrency: 1 },
    },
    evaluate,
  );
  const nested = await installation.define(
    {
      name: 'nested',
      levels: [
        level({
          name: 'outer',
          space: space({ n: float(0, 1) }),
          algorithm: evolution,
          budget: { trials: 6, concurrency: 1 },
          metrics,
        }),
        level({
          name: 'inner',
          space: space({ x: float(-5, 10) }),
          algorithm: evolution,
          budget: { trials: 4, concurrency: 1 },
          metrics,
        }),
      ],
    },
    evaluate,
  );
  const { handle } = await installation.search(flat);
  const outer = (await installation.search(nested)).handle;

  await until(async () => (await installation.told('flat')).length >= 5, 60);
  await serverStopped();
  copyDatabase(server, backup);
  await installation.server.start();
  const known = async (): Promise<number> => (await installation.told('flat')).length;
  const before = await known();
  await until(async () => (await known()) >= before + 12, 60);
  await until(async () => (await installation.told('nested')).length >= 2, 60);

  // The power is cut: nothing runs, and of the server's database only the old copy is left.
  await installation.killWorker();
  await serverStopped();
  copyDatabase(backup, server);
  const atCut = await known();
  const told = { flat: await installation.told('flat'), nested: await installation.told('nested') };
  await installation.server.start();
  await installation.startWorker();

  const result = await installation.run(flat);
  expect(result.trajectoryHash).toBe(installation.expected(flat, ({ x }) => (x - 1) * (x - 1)));
  expect(await installation.told('flat')).toEqual(Array.from({ length: 40 }, (_, index) => index));
  for (const index of told.flat) expect(ends('flat').get(index)).toBe(1);
  expect(atCut).toBeGreaterThan(before);

  const loss = ({ x }: { readonly x: number }): number => (x - 1) * (x - 1);
  const { trials, trajectoryHash } = await installation.run(nested);
  expect(trials).toBe(6);
  const expected = simulate(nested, (point) => {
    const inner = simulate(
      nested,
      (innermost) => ({ kind: 'scored', metrics: { loss: loss(innermost as { readonly x: number }) } }),
      { level: 1, context: { outer: point } },
    );
    return { kind: 'scored', metrics: { loss: inner.best?.metrics['loss'] ?? NaN }, cost: 0 };
  });
  expect(trajectoryHash).toBe(expected.trajectoryHash);
  for (const index of told.nested) {
    const { n } = (await outer.journal()).trials[index]?.parameters as { readonly n: number };
    expect([...ends(`inner-${n}`).values()]).toEqual([1, 1, 1, 1]);
  }
  const { searches, fault } = await new JournalVerifier(home).verify('nested', { inner: true });
  expect(fault).toBe(null);
  expect(searches.length).toBeGreaterThan(2);
  expect((await handle.state())?.kind).toBe('closed');
  expect((await outer.state())?.kind).toBe('closed');
}, 180_000);

import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { errorText } from '../../../foundation/errors/index.js';
import { findDataSet, installDataSet } from '../../../setup/data-sets.mjs';
import { openDataSet } from '../../../training/data/open-data-set.js';
import type { DataSet } from '../../../training/data/data-set.js';
import type { DataSetName } from '../../../training/data/named-data-sets.js';

// The real sets: 31 MB, 139 MB and 4 MB are fetched once into the user's cache. Without a network they are skipped;
// where the tests must not skip them (`CI`), a set that cannot be fetched is a failure.
async function problemOf(name: DataSetName): Promise<string | null> {
  if ((await findDataSet(name)).kind === 'found') return null;
  try {
    await installDataSet(name, { say: (line) => console.log(`duramen: ${line}`) });
    return null;
  } catch (error) {
    const message = errorText(error);
    if (process.env['CI'] !== undefined) throw error;
    console.log(`duramen: the tests of ${name} are skipped: ${message}`);
    return message;
  }
}

const known = {
  'fashion-mnist': {
    count: 70_000,
    first: { label: 9, at: 3 * 28 + 12, pixels: [1, 0, 0, 13, 73, 0] },
    expected: { classes: 10, imageShape: [28, 28, 1], testFrom: 60_000 },
  },
  'cifar-10': {
    count: 60_000,
    // A frog; the beginning of its first row.
    first: { label: 6, at: 0, pixels: [59, 62, 63, 43, 46, 45] },
    expected: { classes: 10, imageShape: [32, 32, 3], testFrom: 50_000 },
  },
  digits: {
    count: 1797,
    first: { label: 0, at: 0, pixels: [0, 0, 80, 207, 143, 16] },
    expected: { classes: 10, imageShape: [8, 8, 1], testFrom: null },
  },
};

describe.each(Object.entries(known))('%s', (name, { count, first, expected }) => {
  test('is fetched, checked and read', async ({ skip }) => {
    const problem = await problemOf(name as DataSetName);
    if (problem !== null) skip(problem);
    const data = (await openDataSet(name as DataSetName)) as DataSet;
    expect(data).toMatchObject({ name, ...expected });
    expect(data.labels).toHaveLength(count);
    expect(data.labels[0]).toBe(first.label);
    expect([...data.images.subarray(first.at, first.at + first.pixels.length)]).toEqual(first.pixels);
    const counts = Array<number>(10).fill(0);
    for (const label of data.labels) counts[label] = (counts[label] ?? 0) + 1;
    if (name !== 'digits') expect(counts).toEqual(Array<number>(10).fill(count / 10));
  }, 300_000);
});

test('a set that cannot be fetched is one sentence of class BadInput', async () => {
  const empty = await mkdtemp(path.join(os.tmpdir(), 'duramen-fetched-'));
  vi.stubEnv('XDG_CACHE_HOME', empty);
  vi.stubEnv('PATH', empty);
  await expect(openDataSet('digits')).rejects.toMatchObject({
    failureClass: 'BadInput',
    message: expect.stringMatching(
      /^The data set UCI digits is fetched .* by python3, which is not on PATH: .*\.$/,
    ),
  });
  vi.unstubAllEnvs();
  await rm(empty, { recursive: true });
});

import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findDataSet } from '../../../setup/data-sets.mjs';
import { rngFromSeed } from '../../../foundation/numbers/index.js';
import { readIdxFile } from '../../../training/data/idx-file.js';
import { readMnist } from '../../../training/data/mnist.js';
import { shuffled, splitData } from '../../../training/data/split.js';
import { patterns } from '../../support/training-laboratory.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'duramen-data-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const idx = Uint8Array.from([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]);
async function fileOf(name: string, content: Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}
const badInput = (message: RegExp) =>
  expect.objectContaining({ failureClass: 'BadInput', message: expect.stringMatching(message) });
function failureOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
}

describe('IDX files', () => {
  test('are read with and without gzip', async () => {
    const expected = { sizes: [2, 3], values: Uint8Array.from([1, 2, 3, 4, 5, 6]) };
    expect(readIdxFile(await fileOf('plain', idx))).toMatchObject(expected);
    const packed = readIdxFile(await fileOf('packed.gz', gzipSync(idx)));
    expect([packed.sizes, [...packed.values]]).toEqual([
      [2, 3],
      [1, 2, 3, 4, 5, 6],
    ]);
  });

  test.each([
    ['truncated', idx.subarray(0, 15), /is truncated: 2 × 3 numbers were announced, but there are 3 bytes/],
    ['too-long', Uint8Array.from([...idx, 9]), /is too long/],
    ['short-header', idx.subarray(0, 7), /is truncated: its header of 12 bytes/],
    ['empty', new Uint8Array(0), /is no IDX file/],
    ['text', new TextEncoder().encode('labels'), /is no IDX file/],
    ['floats', Uint8Array.from([0, 0, 13, 1, 0, 0, 0, 0]), /the type 0xd, not unsigned bytes/],
    ['cut.gz', gzipSync(idx).subarray(0, 20), /is a damaged gzip file/],
  ])('%s is refused in one sentence', async (name, content, message) => {
    const file = await fileOf(name, content);
    expect(failureOf(() => readIdxFile(file))).toEqual(badInput(message));
  });

  test('a missing file and a wrong hash are told', async () => {
    expect(failureOf(() => readIdxFile(path.join(folder, 'nowhere')))).toEqual(badInput(/cannot be read/));
    const file = await fileOf('other', idx);
    expect(failureOf(() => readIdxFile(file, 'ab'.repeat(32)))).toEqual(
      badInput(/has the SHA-256 .* instead of abab/),
    );
  });
});

describe('MNIST', () => {
  test('comes with the packages, 60,000 and 10,000 images of ten classes', () => {
    const data = readMnist();
    expect(data).toMatchObject({ classes: 10, imageShape: [28, 28, 1], testFrom: 60_000 });
    expect([data.images.length, data.labels.length]).toEqual([70_000 * 784, 70_000]);
    expect([...data.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
  });

  test('a truncated file is refused by training and by the set-up', async () => {
    const found = await findDataSet('mnist');
    if (found.kind === 'missing') throw new Error(found.reason);
    const copy = path.join(folder, 'mnist');
    await mkdir(copy);
    await cp(found.folder, copy, { recursive: true });
    await truncate(path.join(copy, 't10k-labels-idx1-ubyte'), 5000);
    expect(failureOf(() => readMnist(copy))).toEqual(badInput(/t10k-labels-idx1-ubyte has the SHA-256/));
    expect(await findDataSet('mnist', { folder: copy })).toMatchObject({
      kind: 'missing',
      reason: expect.stringContaining('damaged'),
    });
    const labels = path.join(copy, 't10k-labels-idx1-ubyte');
    await writeFile(labels, (await readFile(labels)).fill(1));
    expect(failureOf(() => readMnist(path.join(folder, 'none')))).toEqual(badInput(/cannot be read/));
  });
});

describe('splits', () => {
  const data = patterns(103, [2, 2, 1], 4);

  test('are disjoint, whole and stratified', () => {
    const split = splitData(data, { validation: 20, test: 10 }, rngFromSeed(1));
    const all = [...split.training, ...split.validation, ...split.test].sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 103 }, (_none, i) => i));
    const counts = [0, 1, 2, 3].map(
      (label) => [...split.validation].filter((i) => data.labels[i] === label).length,
    );
    expect(counts).toEqual([5, 5, 5, 5]);
  });

  test('depend on the seed alone', () => {
    const of = (seed: number) => splitData(data, { validation: 20 }, rngFromSeed(seed));
    expect(of(1)).toEqual(of(1));
    expect(of(1).validation).not.toEqual(of(2).validation);
  });

  test('keep the test examples of the data set', () => {
    const split = splitData({ ...data, testFrom: 90 }, { training: 30, validation: 20 }, rngFromSeed(1));
    expect([split.training.length, split.validation.length, split.test.length]).toEqual([30, 20, 13]);
    expect(split.test[0]).toBe(90);
  });

  test('of more examples than there are is refused', () => {
    expect(failureOf(() => splitData(data, { validation: 103 }, rngFromSeed(1)))).toEqual(
      badInput(/but there are 103/),
    );
  });

  test('a shuffle keeps every element', () => {
    const values = Int32Array.from({ length: 50 }, (_none, i) => i);
    const mixed = shuffled(values, rngFromSeed(3));
    expect(mixed).not.toEqual(values);
    expect(mixed.slice().sort()).toEqual(values);
  });
});

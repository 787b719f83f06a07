import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { fork, rngFromSeed } from '../../../foundation/numbers/index.js';
import { CompiledStep } from '../../../training/step/compiled-step.js';
import { isStreamed } from '../../../training/data/data-set.js';
import type { TrainingData } from '../../../training/data/data-set.js';
import { ImageFile } from '../../../training/data/image-file.js';
import { openDataSet } from '../../../training/data/open-data-set.js';
import { splitData } from '../../../training/data/split.js';
import { initialState } from '../../../training/train-classifier.js';
import { train } from '../../../training/trainer.js';
import type { EpochReport } from '../../../training/trainer.js';
import { hashState } from '../../../training/training-checkpoint.js';
import { networkOf, patterns } from '../../support/training-laboratory.js';
import { idx } from './array-files.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'duramen-streaming-'));
const cache = path.join(folder, 'cache');
process.env['XDG_CACHE_HOME'] = cache;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const data = patterns(300, [8, 8, 1]);
const training = { images: path.join(folder, 'images'), labels: path.join(folder, 'labels') };
writeFileSync(training.images, idx([300, 8, 8], data.images));
writeFileSync(training.labels, idx([300], [...data.labels]));
const source = { format: 'idx', training } as const;
const small = 1000;

const network = networkOf([
  { name: 'a', op: 'convolution', inputs: ['input'], attributes: { filters: 4, kernel: 3 } },
  { name: 'b', op: 'batchNormalization', inputs: ['a'] },
  { name: 'c', op: 'flatten', inputs: ['b'] },
  { name: 'd', op: 'dropout', inputs: ['c'], attributes: { rate: 0.3 } },
  { name: 'logits', op: 'dense', inputs: ['d'], attributes: { units: 4 } },
] as Parameters<typeof networkOf>[0]);

async function trained(on: TrainingData): Promise<{ reports: EpochReport[]; state: string }> {
  const step = new CompiledStep({ network, data: on, optimizer: { kind: 'sgd' }, clips: false, threads: 1 });
  try {
    const reports: EpochReport[] = [];
    await train({
      step,
      data: on,
      split: splitData(on, { validation: 60 }, fork(rngFromSeed(0), 'split')),
      settings: {
        ...{ epochs: 2, batchSize: 32, optimizer: { kind: 'sgd' }, learningRate: 0.05 },
        ...{
          schedule: { kind: 'constant', warmUpSteps: 0 },
          weightDecay: 0,
          labelSmoothing: 0,
          clipNorm: null,
        },
      },
      seed: 'aa',
      initial: initialState(network, step.stateSizes, 'aa'),
      checkpoint: null,
      observer: { epoch: (report) => void reports.push(report) },
    });
    return { reports, state: hashState(step.read()) };
  } finally {
    step.close();
  }
}

describe('a data set that is read batch by batch', () => {
  test('trains to the same bits as in memory', async () => {
    const inMemory = await openDataSet({ source });
    const streamed = await openDataSet({ source, memoryLimit: small });
    expect([isStreamed(inMemory), isStreamed(streamed)]).toEqual([false, true]);
    expect({ ...streamed, images: null }).toEqual({ ...inMemory, images: null });
    const expected = await trained(inMemory);
    expect(expected.reports).toHaveLength(2);
    expect(await trained(streamed)).toEqual(expected);
  });

  test('is the same after a selection and corruptions', async () => {
    const options = {
      ...{ source, classes: [3, 1], fraction: 0.5, labelNoise: 0.2, seed: 4 },
      corruptions: [{ kind: 'shotNoise', severity: 2 }, { kind: 'inversion' }],
    } as const;
    const changes = { ...options, classes: [...options.classes], corruptions: [...options.corruptions] };
    const inMemory = await openDataSet(changes);
    const streamed = await openDataSet({ ...changes, memoryLimit: small });
    if (!isStreamed(streamed) || isStreamed(inMemory)) throw new Error('Both are in the wrong place.');
    expect({ ...streamed, images: null }).toEqual({ ...inMemory, images: null });
    const all = Int32Array.from(inMemory.labels.keys());
    expect(streamed.images.take(all)).toEqual(inMemory.images);
  });

  test('is packed once, and again when the file in the cache is damaged', async () => {
    const first = await openDataSet({ source, memoryLimit: small, fraction: 0.9 });
    if (!isStreamed(first)) throw new Error('It is in memory.');
    const { file } = first.images;
    const all = Int32Array.from(first.labels.keys());
    const pixels = first.images.take(all);
    first.images.close();
    truncateSync(file, 100);
    const second = await openDataSet({ source, memoryLimit: small, fraction: 0.9 });
    if (!isStreamed(second)) throw new Error('It is in memory.');
    expect(second.images.take(all)).toEqual(pixels);
    const left = readdirSync(path.join(cache, 'duramen', 'packed-images'));
    expect(left.filter((name) => name.startsWith('.'))).toEqual([]);
    truncateSync(file, 100);
    expect(() => second.images.take(all)).toThrow(/became shorter while it was used/);
    await expect(second.images.prepare(all)).rejects.toMatchObject({ failureClass: 'BadInput' });
    second.images.close();
  });
});

test('packing ends when it is asked to, and leaves nothing', async () => {
  const asked = new AbortController();
  asked.abort(new Error('parked'));
  const changes = { source, memoryLimit: small, corruptions: [{ kind: 'inversion' as const }] };
  await expect(openDataSet(changes, { signal: asked.signal })).rejects.toThrow('parked');
  expect(isStreamed(await openDataSet(changes))).toBe(true);
  const left = readdirSync(path.join(cache, 'duramen', 'packed-images'));
  expect(left.filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a cache that cannot be written to is told in one sentence', async () => {
  const blocked = path.join(folder, 'blocked');
  writeFileSync(blocked, '');
  process.env['XDG_CACHE_HOME'] = path.join(blocked, 'below');
  try {
    await expect(openDataSet({ source, memoryLimit: small })).rejects.toMatchObject({
      failureClass: 'BadInput',
      message: expect.stringMatching(/^300 images could not be packed into .* \(ENOTDIR.*XDG_CACHE_HOME/),
    });
  } finally {
    process.env['XDG_CACHE_HOME'] = cache;
  }
});

test('batches come in their order, prepared or not', async () => {
  const file = path.join(folder, 'numbers');
  writeFileSync(
    file,
    Uint8Array.from({ length: 300 }, (_none, i) => i % 251),
  );
  const images = new ImageFile(file, 100, 3);
  const batch = fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(batch, batch, fc.boolean(), async (now, next, prepares) => {
      const indices = Int32Array.from(now);
      if (prepares) await images.prepare(indices);
      images.readAhead(Int32Array.from(next));
      const expected = now.flatMap((index) => [0, 1, 2].map((byte) => (index * 3 + byte) % 251));
      expect([...images.take(indices)]).toEqual(expected);
    }),
    { numRuns: 50 },
  );
  images.close();
});

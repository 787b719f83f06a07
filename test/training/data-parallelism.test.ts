import { afterAll, describe, expect, test, vi } from 'vitest';
import { parseAugmentationPolicy } from '../../training/augmentation/augmentation-policy.js';
import { CompiledStep } from '../../training/step/compiled-step.js';
import type { CompiledStepOptions } from '../../training/step/compiled-step.js';
import { settledComputation, tensorflowKind } from '../../training/tensorflow.js';
import { data, expectAgreement, head, networks, node, stem } from './agreement.js';
import { networkOf, randomState } from '../support/training-laboratory.js';

const threads = 3;
const open: CompiledStep[] = [];
afterAll(() => open.forEach((step) => step.close()));

/** Parts of three, four and four examples. */
const eleven = Int32Array.from({ length: 11 }, (_none, i) => (i * 7) % 40);

describe('a batch divided among threads gives the step of the whole batch', () => {
  test.each(Object.entries(networks))('%s', (_name, nodes) => expectAgreement(nodes, eleven, { threads }));

  test('one example a part', () => {
    const { 'batch normalisation of vectors': vectors, pooling } = networks;
    for (const nodes of [vectors, pooling]) expectAgreement(nodes ?? [], eleven.slice(0, 3), { threads });
  });
});

/** Random masks, moments of the batch, and everything that acts on a step beside the network. */
const network = networkOf(
  [
    stem,
    node('a', 'batchNormalization', 'stem', { momentum: 0.5 }),
    node('b', 'activation', 'a', { function: 'relu' }),
    node('c', 'maxPooling', 'b', { kernel: 2, stride: 2 }),
    node('d', 'dropPath', 'c', { rate: 0.3 }),
    node('e', 'convolution', 'd', { filters: 5, kernel: 3 }),
    node('f', 'batchNormalization', 'e'),
    node('g', 'dropout', 'f', { rate: 0.4 }),
    ...head('g'),
  ],
  data.imageShape,
);
const options: Omit<CompiledStepOptions, 'threads'> = {
  network,
  data,
  // Not Adam, which would make a step of the noise in gradients that are zero.
  optimizer: { kind: 'sgd', momentum: 0.9 },
  clips: true,
  augmentation: parseAugmentationPolicy([{ op: 'horizontalFlip', probability: 0.5 }, { op: 'mixup' }]),
};
const numbers = { learningRate: 0.01, weightDecay: 0.01, labelSmoothing: 0.1, clipNorm: 1 };
const seeds = (use: string): number => use.length;

/** Steps of the same start, one that divides its batches and one that does not. */
async function pair(): Promise<readonly [CompiledStep, CompiledStep]> {
  const divided = new CompiledStep({ ...options, threads });
  // Modules that are loaded anew know of no computation in this process and take the library as it is.
  vi.resetModules();
  const anew = await import('../../training/step/compiled-step.js');
  const whole = new anew.CompiledStep({ ...options, threads: 1 });
  open.push(divided, whole);
  const state = randomState(divided);
  for (const step of [divided, whole]) step.write(state);
  return [divided, whole];
}

function expectSameState(divided: CompiledStep, whole: CompiledStep): void {
  const other = whole.read();
  for (const [name, values] of divided.read()) {
    values.forEach((value, i) => {
      const expected = other.get(name)?.[i] ?? Number.NaN;
      expect(Math.abs(value - expected), `${name}[${i}]`).toBeLessThan(1e-4 + 1e-3 * Math.abs(expected));
    });
  }
}

test('masks, mixed images, running averages, clipping and decay are those of the whole batch', async () => {
  const [divided, whole] = await pair();
  for (let step = 1; step <= 3; step++) {
    const loss = divided.train(eleven, numbers, step, seeds);
    expect(loss).toBeCloseTo(whole.train(eleven, numbers, step, seeds), 4);
  }
  expectSameState(divided, whole);
  const { loss, correct } = whole.evaluate(eleven);
  expect(divided.evaluate(eleven).loss).toBeCloseTo(loss, 3);
  expect(divided.evaluate(eleven).correct).toBe(correct);
});

test('batches with fewer examples than threads are trained whole, alone and several at once', async () => {
  const [divided, whole] = await pair();
  const two = eleven.slice(0, 2);
  expect(divided.train(two, numbers, 1, seeds)).toBe(whole.train(two, numbers, 1, seeds));
  expect(divided.evaluate(two.slice(0, 1))).toEqual(whole.evaluate(two.slice(0, 1)));
  const { several } = divided;
  const count = several?.count ?? 0;
  expect(count).toBeGreaterThan(1);
  const indices = Int32Array.from({ length: 2 * count }, (_none, i) => i);
  const told = Array.from({ length: count }, () => numbers);
  expect(several?.train(indices, told, 2, seeds)).toEqual(whole.several?.train(indices, told, 2, seeds));
  expect(divided.read()).toEqual(whole.read());
});

test('several steps in one call have the bits of single ones', async () => {
  const [divided] = await pair();
  const single = new CompiledStep({ ...options, threads });
  open.push(single);
  single.write(divided.read());
  const { several } = divided;
  const count = several?.count ?? 0;
  const size = eleven.length;
  const indices = Int32Array.from({ length: count * size }, (_none, i) => (i * 3) % 40);
  const told = Array.from({ length: count }, () => numbers);
  const losses = several?.train(indices, told, 1, seeds);
  expect(losses).toEqual(
    told.map((each, i) => single.train(indices.slice(i * size, (i + 1) * size), each, 1 + i, seeds)),
  );
  expect(divided.read()).toEqual(single.read());
});

test('few threads share the batch, many the operations, and one has nothing to share', () => {
  const parallelism = [1, 2, 3, 4].map((count) => settledComputation({ threads: count }).parallelism);
  expect(parallelism).toEqual(['operations', 'data', 'data', 'operations']);
  expect(settledComputation({ threads: 8, parallelism: 'data' }).parallelism).toBe('data');
  expect(settledComputation({ threads: 1, parallelism: 'data' }).parallelism).toBe('operations');
  expect(tensorflowKind({ threads })).toMatch(/3 threads, oneDNN on( by setting)?, data parallelism$/);
});

test('a process shares the work in one way', () => {
  const other = () => new CompiledStep({ ...options, threads, parallelism: 'operations' });
  expect(other).toThrow(
    /3 threads in mode repeatable and parallelism of data and cannot train with 3 threads in mode repeatable and parallelism of operations/,
  );
});

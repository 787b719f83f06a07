import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { CompiledStep } from '../../training/step/compiled-step.js';
import { data, expectAgreement, head, networks, node, stem } from './agreement.js';
import { compiled, networkOf, plainNumbers, randomState } from '../support/training-laboratory.js';

const indices = Array.from({ length: 12 }, (_none, i) => (i * 7) % 40);
const all = Int32Array.from(indices);
const oneThread = { threads: 1 };
const open: CompiledStep[] = [];
afterAll(() => open.forEach((step) => step.close()));

describe('a compiled step agrees with tfjs run op by op', () => {
  test.each(Object.entries(networks))('%s', (_name, nodes) => expectAgreement(nodes, all, oneThread));

  test('random networks, in which operations repeat', () => {
    const operations = fc.constantFrom<readonly [string, Record<string, unknown>]>(
      ['convolution', { filters: 4, kernel: 3 }],
      ['maxPooling', { kernel: 3 }],
      ['averagePooling', { kernel: 3 }],
      ['activation', { function: 'relu' }],
      ['activation', { function: 'silu' }],
      ['identity', {}],
      ['batchNormalization', {}],
    );
    const places = fc.integer({ min: 0, max: 1_000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(operations, places), { minLength: 3, maxLength: 8 }), (picks) => {
        const names = ['stem', ...picks.map((_pick, i) => `n${i}`)];
        const middle = picks.map(([[op, attributes], place], i) =>
          node(`n${i}`, op, names[place % (i + 1)] ?? 'stem', attributes),
        );
        const nodes = [stem, ...middle, node('sum', 'add', names.join(' ')), ...head('sum')];
        expectAgreement(nodes, all, oneThread);
      }),
      { numRuns: 12, seed: 1 },
    );
  });
});

describe('what only training does', () => {
  const dropping = networkOf(
    [
      node('flat', 'flatten', 'input'),
      node('a', 'dropout', 'flat', { rate: 0.5 }),
      node('b', 'dropPath', 'a', { rate: 0.25 }),
      node('logits', 'dense', 'b', { units: 4 }),
    ],
    data.imageShape,
  );
  const still = { ...plainNumbers, learningRate: 0 };

  test('masks depend on the seed, the use and the number of the step alone', () => {
    const step = compiled(dropping, data);
    open.push(step);
    step.write(randomState(step));
    const loss = (number: number, seed: number): number => step.train(all, still, number, () => seed);
    const first = loss(1, 7);
    expect(loss(1, 7)).toBe(first);
    expect(loss(2, 7)).not.toBe(first);
    expect(loss(1, 8)).not.toBe(first);
    expect(step.train(all, still, 1, (use) => (use === 'a' ? 7 : 8))).not.toBe(first);
  });

  test('an evaluation drops nothing, in batches of any size', () => {
    const step = compiled(dropping, data);
    open.push(step);
    step.write(randomState(step));
    const whole = step.evaluate(all);
    const parts = [step.evaluate(all.slice(0, 5)), step.evaluate(all.slice(5))];
    expect(step.evaluate(all)).toEqual(whole);
    expect(parts.reduce((sum, { loss }) => sum + loss, 0)).toBeCloseTo(whole.loss, 4);
    expect(parts.reduce((sum, { correct }) => sum + correct, 0)).toBe(whole.correct);
    // Half of the pixels count double: on average over many masks the logits are those without dropping.
    const undropped = networkOf(
      [node('flat', 'flatten', 'input'), node('logits', 'dense', 'flat', { units: 4 })],
      data.imageShape,
    );
    const other = compiled(undropped, data);
    open.push(other);
    other.write(step.read());
    expect(other.evaluate(all).loss).toBeCloseTo(whole.loss, 3);
  });

  test('running averages move to the mean and the unbiased variance of the batch', () => {
    const network = networkOf(
      [
        node('a', 'batchNormalization', 'input', { momentum: 0.75 }),
        node('pool', 'globalAveragePooling', 'a'),
        node('logits', 'dense', 'pool', { units: 4 }),
      ],
      data.imageShape,
    );
    const step = compiled(network, data);
    open.push(step);
    const before = randomState(step);
    step.write(before);
    step.train(all, still, 1, () => 0);
    const after = step.read();
    const size = 8 * 8 * 2;
    const channel = indices
      .flatMap((i) => [...data.images.subarray(i * size, (i + 1) * size)])
      .filter((_pixel, i) => i % 2 === 1)
      .map((pixel) => (pixel / 255 - data.mean) / data.deviation);
    const mean = channel.reduce((sum, pixel) => sum + pixel, 0) / channel.length;
    const variance = channel.reduce((sum, pixel) => sum + (pixel - mean) ** 2, 0) / (channel.length - 1);
    const moved = (name: string, value: number): number => 0.75 * (before.get(name)?.[1] ?? 0) + 0.25 * value;
    expect(after.get('a/movingMean')?.[1]).toBeCloseTo(moved('a/movingMean', mean), 5);
    expect(after.get('a/movingVariance')?.[1]).toBeCloseTo(moved('a/movingVariance', variance), 5);
    // An evaluation uses the averages and leaves them alone.
    step.evaluate(all);
    expect(step.read()).toEqual(after);
  });

  test('a graph without weight decay and label smoothing does the same where these are zero', () => {
    const options = {
      network: dropping,
      data,
      optimizer: { kind: 'sgd', momentum: 0.9 },
      threads: 1,
    } as const;
    const steps = [
      new CompiledStep({ ...options, clips: false }),
      new CompiledStep({ ...options, clips: false, decays: false, smooths: false }),
    ];
    open.push(...steps);
    const [whole, small] = steps.map((step) => {
      step.write(randomState(step));
      return { loss: step.train(all, plainNumbers, 1, () => 7), state: step.read(), nodes: step.nodeCount };
    });
    expect(small?.nodes).toBeLessThan(whole?.nodes ?? 0);
    expect(small?.loss).toBeCloseTo(whole?.loss ?? Number.NaN, 5);
    for (const [name, values] of whole?.state ?? []) {
      values.forEach((value, i) => expect(small?.state.get(name)?.[i], name).toBeCloseTo(value, 5));
    }
  });

  test('a process computes in one mode', () => {
    const optimizer = { kind: 'sgd' } as const;
    const make = () =>
      new CompiledStep({ network: dropping, data, optimizer, clips: false, threads: 1, mode: 'fast' });
    expect(make).toThrow(/1 threads in mode repeatable .* and cannot train with 1 threads in mode fast/);
  });
});

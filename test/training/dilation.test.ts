import { describe, expect, test } from 'vitest';
import { compiled, networkOf, patterns, plainNumbers, randomState } from '../support/training-laboratory.js';

const data = patterns(12, [9, 8, 2]);
const indices = Int32Array.from({ length: 12 }, (_none, i) => i);

// tfjs has no gradients of dilated convolutions: differences of the loss take their place.
describe('gradients of dilated convolutions are the slopes of the loss', () => {
  test.each([
    ['convolution', { filters: 3, kernel: 3, dilation: 2 }],
    ['convolution', { filters: 3, kernel: 3, dilation: 2, padding: 'valid' }],
    ['depthwiseConvolution', { kernel: 3, dilation: 2 }],
    ['depthwiseConvolution', { kernel: 2, dilation: 3, padding: 'valid', multiplier: 2 }],
    ['depthwiseConvolution', { kernel: 5, dilation: 2 }],
    ['depthwiseConvolution', { kernel: 5, dilation: 2, stride: 2 }],
    ['separableConvolution', { filters: 3, kernel: 5, dilation: 2 }],
    ['separableConvolution', { filters: 3, kernel: 3, dilation: 2, stride: 2 }],
    ['convolution', { filters: 4, kernel: 2, dilation: 3, stride: 2, groups: 2 }],
  ])('%s %j', (op, attributes) => {
    const network = networkOf(
      [
        { name: 'stem', op: 'convolution', inputs: ['input'], attributes: { filters: 2, kernel: 3 } },
        { name: 'a', op, inputs: ['stem'], attributes },
        { name: 'b', op: 'activation', inputs: ['a'], attributes: { function: 'tanh' } },
        { name: 'pool', op: 'globalAveragePooling', inputs: ['b'] },
        { name: 'logits', op: 'dense', inputs: ['pool'], attributes: { units: 4 } },
      ] as Parameters<typeof networkOf>[0],
      data.imageShape,
    );
    const step = compiled(network, data);
    try {
      const before = randomState(step);
      const lossAt = (name: string, place: number, change: number): number => {
        const moved = new Map(before);
        const values = (before.get(name) ?? new Float32Array(0)).slice();
        values[place] = (values[place] ?? 0) + change;
        step.write(moved.set(name, values));
        return step.evaluate(indices).loss / indices.length;
      };
      step.write(before);
      step.train(indices, { ...plainNumbers, learningRate: 1 }, 1, () => 0);
      const after = step.read();
      for (const name of [...before.keys()].filter((each) => /^(stem|a)\//.test(each))) {
        for (const place of [0, 1]) {
          const slope = (before.get(name)?.[place] ?? 0) - (after.get(name)?.[place] ?? 0);
          const difference = (lossAt(name, place, 0.02) - lossAt(name, place, -0.02)) / 0.04;
          expect(Math.abs(slope - difference), name).toBeLessThan(2e-4 + 0.02 * Math.abs(difference));
        }
      }
    } finally {
      step.close();
    }
  });
});

describe('a strided dilated convolution gives every so many-th output of the one with stride 1', () => {
  test.each([
    ['convolution', { filters: 3, kernel: 3, dilation: 2 }],
    ['convolution', { filters: 3, kernel: 2, dilation: 3 }],
    ['depthwiseConvolution', { kernel: 3, dilation: 2, padding: 'valid' }],
    ['separableConvolution', { filters: 3, kernel: 5, dilation: 4 }],
  ])('%s %j', (op, attributes) => {
    const losses = [true, false].map((isStrided) => {
      const network = networkOf(
        [
          { name: 'a', op, inputs: ['input'], attributes: { ...attributes, stride: isStrided ? 2 : 1 } },
          { name: 'b', op: 'activation', inputs: ['a'], attributes: { function: 'tanh' } },
          ...(isStrided
            ? [{ name: 'c', op: 'identity', inputs: ['b'] }]
            : [{ name: 'c', op: 'maxPooling', inputs: ['b'], attributes: { kernel: 1, stride: 2 } }]),
          { name: 'flat', op: 'flatten', inputs: ['c'] },
          { name: 'logits', op: 'dense', inputs: ['flat'], attributes: { units: 4 } },
        ] as Parameters<typeof networkOf>[0],
        data.imageShape,
      );
      const step = compiled(network, data);
      try {
        step.write(randomState(step));
        return step.evaluate(indices).loss;
      } finally {
        step.close();
      }
    });
    expect(losses[0]).toBeCloseTo(losses[1] ?? Number.NaN, 4);
  });
});

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shippedProbes } from '../../../algorithms/contract/index.js';
import { probeBytes, probeNetwork, recipes } from '../../../bench/warm-darts/probe-recipe.js';
import { decodeProbe, planeOf, ProbePass, shippedProbe } from '../../../training/task-embedding/index.js';
import type { Probe } from '../../../training/task-embedding/index.js';
import { compiled, patterns, randomState } from '../../support/training-laboratory.js';

test.each(Object.entries(shippedProbes))('the probe %s is the file that its hash names', (name, shipped) => {
  const file = new URL(`../../../setup/probes/${name}.probe`, import.meta.url);
  expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(shipped.hash);
  const { layers } = shippedProbe(shipped.hash);
  expect(layers.reduce((sum, { outputs }) => sum + outputs, 0)).toBe(shipped.filters);
});

test('a probe that this build lacks, and bytes that are none, are one sentence', () => {
  expect(() => shippedProbe('0'.repeat(64))).toThrow(/has no probe 000000000000: use the build/);
  const whole = readFileSync(new URL('../../../setup/probes/small.probe', import.meta.url));
  expect(() => decodeProbe(whole.subarray(0, whole.length - 4))).toThrow('it is cut off');
  expect(() => decodeProbe(Buffer.concat([whole, Buffer.alloc(4)]))).toThrow('more numbers than its layers');
  expect(() => decodeProbe(Buffer.from('{}\n'))).toThrow('not of the format duramen-probe/1');
});

test.each(['small', 'large'] as const)(
  'the features of the probe %s are those that TensorFlow computes',
  (name) => {
    const { layers, channels } = recipes[name];
    const size = 9;
    const data = patterns(6, [size, size, channels]);
    const step = compiled(probeNetwork(layers, size, data.classes), data);
    const state = randomState(step);
    step.write(state);
    const probe = decodeProbe(probeBytes(layers, state));
    const kernel = state.get('logits/kernel') ?? new Float32Array(0);
    const bias = state.get('logits/bias') ?? new Float32Array(0);
    for (let index = 0; index < data.labels.length; index++) {
      const { features } = new ProbePass(probe, planeOf(data, index, channels));
      const logits = [...bias].map((own, c) =>
        features.reduce((sum, feature, f) => sum + feature * (kernel[f * data.classes + c] ?? 0), own),
      );
      const loss =
        Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) -
        (logits[data.labels[index] ?? 0] ?? 0);
      const { loss: expected } = step.evaluate(Int32Array.of(index));
      expect(Math.abs(loss - expected)).toBeLessThan(1e-4 * (1 + Math.abs(expected)));
    }
    step.close();
  },
);

test('the squares of the gradient are those of finite differences', () => {
  const shipped = shippedProbe(shippedProbes.large.hash);
  // Few filters of the shipped probe, so that every number can be moved.
  const data = patterns(2, [7, 6, 3]);
  const image = planeOf(data, 1, 3);
  const slopes = Float64Array.from({ length: 64 }, (_none, i) => ((i * 7) % 5) - 2);
  const valueOf = (probe: Probe): number =>
    new ProbePass(probe, image).features.reduce((sum, feature, f) => sum + feature * (slopes[f] ?? 0), 0);
  const sums = new Float64Array(112);
  new ProbePass(shipped, image).addSquares(slopes, sums);
  const width = 1e-5;
  const moved = (layer: number, place: number, by: number): number =>
    valueOf({
      ...shipped,
      layers: shipped.layers.map((own, i) =>
        i === layer
          ? { ...own, kernel: own.kernel.map((value, at) => (at === place ? value + by : value)) }
          : own,
      ),
    });
  // A filter of each layer: the first layer's 5, the second's 3, the last one's 60.
  for (const [layer, filter, first] of [
    [0, 5, 0],
    [1, 3, 16],
    [2, 60, 48],
  ] as const) {
    const { inputs = 0, outputs = 0 } = shipped.layers[layer] ?? {};
    let sum = 0;
    for (let i = 0; i < 9 * inputs; i++) {
      const place = i * outputs + filter;
      const slope = (moved(layer, place, width) - moved(layer, place, -width)) / (2 * width);
      sum += (slope * slope) / (9 * inputs);
    }
    expect(sum).toBeGreaterThan(0);
    expect((sums[first + filter] ?? 0) / sum).toBeCloseTo(1, 3);
  }
});

import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type * as Tf from '@tensorflow/tfjs-node-gpu';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NetworkGraph } from '../../networks/network-graph/index.js';
import { networkParameters } from '../../networks/network-parameters.js';
import { activationFunctions } from '../../networks/operations/activations.js';
import type { ActivationFunction } from '../../networks/operations/activations.js';
import { writeSavedModel } from '../../training/saved-model.js';
import { loadTensorflow } from '../../training/tensorflow.js';
import { compiled, networkOf, patterns, randomState } from '../support/training-laboratory.js';

const count = 6;
const size = 6;
const classes = 4;
const data = patterns(count, [size, size, 2], classes);

const node = (name: string, op: string, from: string, attributes: Record<string, unknown> = {}) => ({
  name,
  op,
  inputs: from.split(' '),
  attributes,
});

const convolutions: Readonly<Record<string, readonly [string, Record<string, unknown>]>> = {
  plain: ['convolution', { filters: 3, kernel: 3 }],
  withoutBias: ['convolution', { filters: 3, kernel: 3, bias: false }],
  pointwise: ['convolution', { filters: 3, kernel: 1, bias: false }],
  strided: ['convolution', { filters: 3, kernel: 3, stride: 2, bias: false }],
  dilated: ['convolution', { filters: 3, kernel: 3, dilation: 2, bias: false }],
  grouped: ['convolution', { filters: 4, kernel: 3, groups: 2, bias: false }],
  depthwise: ['depthwiseConvolution', { kernel: 3 }],
  separable: ['separableConvolution', { filters: 3, kernel: 3 }],
  reduction: ['factorizedReduction', { filters: 4 }],
};

const normalisations: Readonly<Record<string, readonly [string, Record<string, unknown>]>> = {
  none: ['identity', {}],
  batch: ['batchNormalization', {}],
  batchWithoutAffine: ['batchNormalization', { scale: false, center: false }],
  layer: ['layerNormalization', {}],
};

const functions: Readonly<Record<ActivationFunction, (x: number) => number>> = {
  relu: (x) => Math.max(0, x),
  relu6: (x) => Math.min(6, Math.max(0, x)),
  silu: (x) => x / (1 + Math.exp(-x)),
  hardSwish: (x) => (x * Math.min(6, Math.max(0, x + 3))) / 6,
  gelu: (x) => 0.5 * x * (1 + errorFunction(x / Math.SQRT2)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

/** By its series, which converges everywhere. */
function errorFunction(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** Every kind of convolution with the normalisation and the activation after it, side by side. */
function branches(normalisation: string, activation: ActivationFunction | null) {
  const [op, attributes] = normalisations[normalisation] ?? ['identity', {}];
  return Object.entries(convolutions).flatMap(([name, [convolution, own]]) => [
    node(`${name}/convolution`, convolution, 'input', own),
    node(`${name}/normal`, op, `${name}/convolution`, attributes),
    activation === null
      ? node(`${name}/active`, 'identity', `${name}/normal`)
      : node(`${name}/active`, 'activation', `${name}/normal`, { function: activation }),
  ]);
}

const eachBranch = (suffix: string) => Object.keys(convolutions).map((name) => `${name}/${suffix}`);

/** A network whose output are the numbers of all branches. */
function open(normalisation: string, activation: ActivationFunction | null): NetworkGraph {
  const flat = Object.keys(convolutions).map((name) => node(`${name}/flat`, 'flatten', `${name}/active`));
  const nodes = [
    ...branches(normalisation, activation),
    ...flat,
    node('logits', 'concatenate', eachBranch('flat').join(' ')),
  ];
  return networkOf(nodes, [size, size, 2]);
}

/** The same branches with a classifier on top. */
function classifier(normalisation: string, activation: ActivationFunction): NetworkGraph {
  const means = Object.keys(convolutions).map((name) =>
    node(`${name}/mean`, 'globalAveragePooling', `${name}/active`),
  );
  const nodes = [
    ...branches(normalisation, activation),
    ...means,
    node('all', 'concatenate', eachBranch('mean').join(' ')),
    node('logits', 'dense', 'all', { units: classes }),
  ];
  return networkOf(nodes, [size, size, 2]);
}

function stateOf(network: NetworkGraph): Map<string, Float32Array> {
  const sizes = networkParameters(network).map(
    (parameter) => [parameter.name, parameter.sizes.reduce((product, each) => product * each, 1)] as const,
  );
  return randomState({ stateSizes: new Map(sizes) });
}

let folder: string;
let saved = 0;
beforeAll(async () => {
  // It sets how TensorFlow computes: without oneDNN fewer operations are fused.
  loadTensorflow({ threads: 1 });
  folder = await mkdtemp(path.join(os.tmpdir(), 'duramen-activations-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What an exported model makes of the images. */
async function exported(
  network: NetworkGraph,
  state: ReadonlyMap<string, Float32Array>,
): Promise<readonly number[]> {
  const own = path.join(folder, String(saved++));
  writeSavedModel(own, network, state, data);
  const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as typeof Tf;
  const model = await tf.node.loadSavedModel(own);
  try {
    const images = tf.tensor4d(Float32Array.from(data.images), [count, size, size, 2]);
    const outputs = model.predict({ images }) as Record<string, Tf.Tensor>;
    return Array.from(outputs['logits']?.dataSync() ?? []);
  } finally {
    model.dispose();
  }
}

/** Mean cross-entropy of logits. */
function loss(logits: readonly number[]): number {
  let sum = 0;
  for (let image = 0; image < count; image++) {
    const own = logits.slice(image * classes, (image + 1) * classes);
    const total = own.reduce((all, each) => all + Math.exp(each), 0);
    sum += Math.log(total) - (own[data.labels[image] ?? 0] ?? 0);
  }
  return sum / count;
}

describe.each(Object.keys(normalisations))('after normalisation %s', (normalisation) => {
  let plain: readonly number[];
  beforeAll(async () => {
    const network = open(normalisation, null);
    plain = await exported(network, stateOf(network));
  });

  test.each(activationFunctions)(
    '%s is exported and evaluated after every kind of convolution',
    async (name) => {
      const network = open(normalisation, name);
      const outputs = await exported(network, stateOf(network));
      expect(outputs).toHaveLength(plain.length);
      expect(new Set(outputs).size).toBeGreaterThan(100);
      plain.forEach((value, i) => expect(outputs[i]).toBeCloseTo(functions[name](value), 4));

      const whole = classifier(normalisation, name);
      const step = compiled(whole, data);
      try {
        const state = randomState(step);
        step.write(state);
        const indices = Int32Array.from({ length: count }, (_, i) => i);
        const sums = step.evaluate(indices);
        expect(sums.loss / count).toBeCloseTo(loss(await exported(whole, state)), 4);
        if (name !== 'tanh') return;
        const [parameter = '', values = new Float32Array(0)] =
          [...state].find(([of]) => of.endsWith('kernel')) ?? [];
        step.write(new Map([...state, [parameter, values.map(() => Number.NaN)]]));
        expect(step.evaluate(indices).loss).toBeNaN();
      } finally {
        step.close();
      }
    },
  );
});

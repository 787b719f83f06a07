import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { buildNetwork, initialState, parseAugmentationPolicy } from '../../training/index.js';
import { encodeSavedModel } from '../../training/tensorflow-graph/encode-graph.js';
import { StepGraph } from '../../training/step/step-graph.js';
import { CompiledStep } from '../../training/step/compiled-step.js';
import type { AugmentationPolicy } from '../../training/augmentation/augmentation-policy.js';
import type { Kernels } from '../../training/tensorflow-graph/graph-writer.js';
import { trainedNetworks } from '../golden/trained-networks.js';
import { networkOf, patterns } from '../support/training-laboratory.js';
import { node } from './agreement.js';

// Both forms run on the processor here: they must compute the same numbers.
const data = patterns(60, [16, 16, 3]);
const optimizer = { kind: 'sgd', momentum: 0.9, nesterov: true } as const;
const numbers = { learningRate: 0.05, weightDecay: 0.01, labelSmoothing: 0.1, clipNorm: 1 };
const open: CompiledStep[] = [];
afterAll(() => {
  for (const step of open) step.close();
});

/** Losses of three steps and of an evaluation, and the weights afterwards. */
function trained(network: string, kernels: Kernels, augmentation: AugmentationPolicy, smooths: boolean) {
  const graph = buildNetwork(trainedNetworks[network] ?? {});
  const form = { clips: true, smooths, kernels };
  const step = new CompiledStep({ network: graph, data, optimizer, augmentation, threads: 1, ...form });
  open.push(step);
  step.write(initialState(graph, step.stateSizes, 'kernels'));
  const indices = Int32Array.from({ length: 24 }, (_none, i) => 2 * i);
  const losses = [1, 2, 3].map((number) => step.train(indices, numbers, number, () => 5));
  return { losses: [...losses, step.evaluate(indices).loss], state: step.read() };
}

function usedOperations(kernels: Kernels, augmentation: AugmentationPolicy): readonly string[] {
  const network = buildNetwork(trainedNetworks['mobileNet'] ?? {});
  const writer = new StepGraph(network, data, optimizer, { clips: true, kernels }, augmentation);
  writer.write();
  return writer.graph.nodes.filter(({ device }) => device === undefined).map(({ op }) => op);
}

/** The state after a step with a depthwise convolution. */
function afterDepthwise(attributes: Readonly<Record<string, unknown>>, kernels: Kernels) {
  const network = networkOf(
    [
      node('stem', 'convolution', 'input', { filters: 3, kernel: 1 }),
      node('tried', 'depthwiseConvolution', 'stem', attributes),
      node('pooled', 'globalAveragePooling', 'tried', {}),
      node('logits', 'dense', 'pooled', { units: 4 }),
    ],
    [16, 16, 3],
  );
  const step = new CompiledStep({ network, data, optimizer, clips: false, kernels, threads: 1 });
  step.write(initialState(network, step.stateSizes, 'depthwise'));
  step.train(Int32Array.from([0, 5, 10, 11, 13]), { ...numbers, clipNorm: 0 }, 1, () => 5);
  const state = step.read();
  step.close();
  return state;
}

const equalize = parseAugmentationPolicy([{ op: 'equalize' }]);

describe('kernels for GPUs that are repeatable', () => {
  test.each([
    ['multilayerPerceptron', [], false],
    ['multilayerPerceptron', [], true],
    ['mobileNet', [], true],
    ['darts', [], false],
    ['plainConvolutional', equalize, true],
  ] as const)('%s: the same numbers in both forms (case %#)', (network, augmentation, smooths) => {
    const any = trained(network, 'any', augmentation, smooths);
    const repeatable = trained(network, 'deterministicOnGpus', augmentation, smooths);
    any.losses.forEach((loss, i) => expect(repeatable.losses[i]).toBeCloseTo(loss, 3));
    for (const [name, values] of any.state) {
      const others = repeatable.state.get(name) ?? new Float32Array(0);
      expect(others.length).toBe(values.length);
      values.forEach((value, i) => expect(Math.abs(value - (others[i] ?? Number.NaN))).toBeLessThan(2e-3));
    }
  });

  test('gradients of depthwise filters of any size, stride, padding and multiplier', () => {
    const attributes = fc.record({
      kernel: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })),
      stride: fc.integer({ min: 1, max: 3 }),
      padding: fc.constantFrom('same', 'valid'),
      multiplier: fc.integer({ min: 1, max: 2 }),
    });
    fc.assert(
      fc.property(attributes, (drawn) => {
        const any = afterDepthwise(drawn, 'any').get('tried/kernel') ?? new Float32Array(0);
        const shifted = afterDepthwise(drawn, 'deterministicOnGpus').get('tried/kernel');
        expect(any.length).toBeGreaterThan(0);
        any.forEach((value, i) => expect(shifted?.[i]).toBeCloseTo(value, 5));
      }),
      { numRuns: 15, seed: 3 },
    );
  });

  // TensorFlow 2.21: "is not deterministic" or "not yet supported", said by these kernels on a GPU.
  const refused = [
    'SoftmaxCrossEntropyWithLogits',
    'SparseSoftmaxCrossEntropyWithLogits',
    'DepthwiseConv2dNativeBackpropFilter',
    'DenseBincount',
  ];

  test('a repeatable step has no kernel on the GPU that TensorFlow refuses there', () => {
    const used = usedOperations('deterministicOnGpus', equalize);
    expect(refused.filter((op) => used.includes(op))).toEqual([]);
    expect(usedOperations('any', equalize)).toEqual(expect.arrayContaining(refused.slice(2)));
  });

  test('a node on the processor names its device in the file', () => {
    const network = buildNetwork(trainedNetworks['multilayerPerceptron'] ?? {});
    const bytes = (kernels: Kernels): string => {
      const writer = new StepGraph(network, data, optimizer, { clips: false, kernels }, equalize);
      writer.write();
      return Buffer.from(encodeSavedModel(writer.graph.nodes)).toString('latin1');
    };
    expect(bytes('deterministicOnGpus')).toContain('/device:CPU:0');
    expect(bytes('any')).not.toContain('/device:');
  });
});

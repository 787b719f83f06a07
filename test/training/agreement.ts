import { expect } from 'vitest';
import { networkParameters } from '../../networks/network-parameters.js';
import type { Computation } from '../../training/tensorflow.js';
import { eagerBatch, eagerLogits, eagerLoss, tf } from './eager-network.js';
import { compiled, networkOf, patterns, plainNumbers, randomState } from '../support/training-laboratory.js';

type Nodes = Parameters<typeof networkOf>[0];

/** Images of two channels for the networks below. */
export const data = patterns(40, [8, 8, 2]);

/** A node of a network; `from` are its inputs. */
export const node = (name: string, op: string, from: string, attributes: Record<string, unknown> = {}) => ({
  name,
  op,
  inputs: from.split(' '),
  attributes,
});
export const stem = node('stem', 'convolution', 'input', { filters: 4, kernel: 3 });
export const head = (from: string) => [
  node('pool', 'globalAveragePooling', from),
  node('logits', 'dense', 'pool', { units: 4 }),
];

/** Networks that have, one after another, every operation and its attributes. */
export const networks: Readonly<Record<string, Nodes>> = {
  'convolutions, stride and padding': [
    node('a', 'convolution', 'input', { filters: 4, kernel: [3, 5], stride: 2 }),
    node('b', 'convolution', 'a', { filters: 6, kernel: 3, padding: 'valid', bias: false }),
    ...head('b'),
  ],
  'grouped convolution': [
    stem,
    node('a', 'convolution', 'stem', { filters: 6, kernel: 3, groups: 2 }),
    ...head('a'),
  ],
  'depthwise convolution': [
    stem,
    node('a', 'depthwiseConvolution', 'stem', { kernel: 3, multiplier: 2, stride: 2 }),
    ...head('a'),
  ],
  ...Object.fromEntries(
    [
      { kernel: 5 },
      { kernel: 7, stride: 2 },
      { kernel: [3, 5], padding: 'valid' },
      { kernel: 5, multiplier: 2 },
    ].map((attributes) => [
      `wide depthwise convolution ${JSON.stringify(attributes)}`,
      [stem, node('a', 'depthwiseConvolution', 'stem', attributes), ...head('a')],
    ]),
  ),
  'separable convolution': [
    stem,
    node('a', 'separableConvolution', 'stem', { filters: 5, kernel: 5 }),
    ...head('a'),
  ],
  pooling: [
    stem,
    node('a', 'maxPooling', 'stem', { kernel: 3, stride: 2 }),
    node('b', 'averagePooling', 'a', { kernel: 3 }),
    node('c', 'averagePooling', 'b', { kernel: 2, padding: 'valid' }),
    ...head('c'),
  ],
  ...Object.fromEntries(
    [
      { kernel: 2, stride: 2, padding: 'valid' },
      { kernel: 3, stride: 1 },
      { kernel: 3, stride: 2, padding: 'valid' },
      { kernel: [2, 3], stride: 3 },
      { kernel: 2, stride: 3, padding: 'valid' },
      { kernel: [5, 1], stride: 2 },
      { kernel: 7, stride: 1 },
    ].map((attributes) => [
      `maximum pooling ${JSON.stringify(attributes)}`,
      [
        stem,
        node('even', 'maxPooling', 'stem', attributes),
        node('mean', 'globalAveragePooling', 'even'),
        node('cut', 'convolution', 'stem', { filters: 4, kernel: 2, padding: 'valid' }),
        node('odd', 'maxPooling', 'cut', attributes),
        node('otherMean', 'globalAveragePooling', 'odd'),
        node('both', 'concatenate', 'mean otherMean'),
        node('logits', 'dense', 'both', { units: 4 }),
      ],
    ]),
  ),
  'the same operations twice on one value': [
    stem,
    node('a', 'activation', 'stem', { function: 'relu' }),
    node('b', 'activation', 'stem', { function: 'relu' }),
    node('c', 'maxPooling', 'a', { kernel: 3 }),
    node('d', 'maxPooling', 'b', { kernel: 3 }),
    node('e', 'averagePooling', 'a', { kernel: 3 }),
    node('f', 'averagePooling', 'a', { kernel: 3 }),
    node('sum', 'add', 'c d e f'),
    ...head('sum'),
  ],
  ...Object.fromEntries(
    ['relu', 'relu6', 'tanh'].map((name) => [
      `maximum pooling after ${name}, whose value has another use`,
      [
        node('stem', 'convolution', 'input', { filters: 4, kernel: 3 }),
        node('wide', 'convolution', 'stem', { filters: 6, kernel: 5 }),
        node('a', 'activation', 'wide', { function: name }),
        node('b', 'maxPooling', 'a', { kernel: 3, stride: 2 }),
        node('c', 'averagePooling', 'a', { kernel: 2, stride: 2 }),
        node('d', 'maxPooling', 'wide', { kernel: 2, stride: 2 }),
        node('sum', 'add', 'b c d'),
        ...head('sum'),
      ],
    ]),
  ),
  ...Object.fromEntries(
    (
      [
        ['relu', { kernel: 2, stride: 2 }, {}],
        ['relu6', { kernel: 3, stride: 2, padding: 'valid' }, { center: false }],
        ['tanh', { kernel: 3, stride: 2 }, { scale: false }],
        ['sigmoid', { kernel: 2, stride: 3 }, {}],
        ['silu', { kernel: 2, stride: 2 }, {}],
      ] as const
    ).map(([name, pool, attributes]) => [
      `maximum pooling after batch normalisation and ${name}`,
      [
        stem,
        node('wide', 'convolution', 'stem', { filters: 6, kernel: 3, groups: name === 'tanh' ? 2 : 1 }),
        node('normal', 'batchNormalization', 'wide', attributes),
        node('active', 'activation', 'normal', { function: name }),
        node('b', 'maxPooling', 'active', pool),
        ...head('b'),
      ],
    ]),
  ),
  'a normalised value with another use beside maximum pooling': [
    stem,
    node('normal', 'batchNormalization', 'stem'),
    node('active', 'activation', 'normal', { function: 'relu' }),
    node('a', 'maxPooling', 'active', { kernel: 2, stride: 2 }),
    node('b', 'averagePooling', 'active', { kernel: 2, stride: 2 }),
    node('sum', 'add', 'a b'),
    ...head('sum'),
  ],
  'factorized reduction': [stem, node('a', 'factorizedReduction', 'stem', { filters: 7 }), ...head('a')],
  'factorized reduction of odd sizes': [
    node('cut', 'convolution', 'input', { filters: 4, kernel: 2, padding: 'valid' }),
    node('a', 'factorizedReduction', 'cut', { filters: 4 }),
    ...head('a'),
  ],
  ...Object.fromEntries(
    [1, 3, 5, 7].map((kernel) => [
      `convolution ${kernel} × ${kernel}`,
      [stem, node('a', 'convolution', 'stem', { filters: 3, kernel }), ...head('a')],
    ]),
  ),
  'branches: identity, zero, sum, concatenation': [
    stem,
    node('same', 'identity', 'stem'),
    node('none', 'zero', 'stem'),
    node('sum', 'add', 'same none stem'),
    node('both', 'concatenate', 'sum stem'),
    node('smaller', 'zero', 'both', { stride: 2 }),
    node('reduced', 'factorizedReduction', 'both', { filters: 8 }),
    node('end', 'add', 'smaller reduced'),
    ...head('end'),
  ],
  'some channels, and all in another order': [
    node('stem', 'convolution', 'input', { filters: 6, kernel: 3 }),
    node('some', 'channels', 'stem', { start: 2, count: 3 }),
    node('turned', 'shuffleChannels', 'stem', { groups: 3 }),
    node('cut', 'channels', 'turned', { start: 0, count: 2 }),
    node('both', 'concatenate', 'some cut'),
    ...head('both'),
  ],
  'batch normalisation of images': [
    stem,
    node('a', 'batchNormalization', 'stem'),
    node('b', 'activation', 'a', { function: 'relu' }),
    node('c', 'batchNormalization', 'b', { scale: false, center: false }),
    ...head('c'),
  ],
  'batch normalisation of vectors': [
    node('flat', 'flatten', 'input'),
    node('hidden', 'dense', 'flat', { units: 6 }),
    node('a', 'batchNormalization', 'hidden'),
    node('logits', 'dense', 'a', { units: 4, bias: false }),
  ],
  'layer normalisation': [stem, node('a', 'layerNormalization', 'stem'), ...head('a')],
  'squeeze and excitation': [
    stem,
    node('a', 'squeezeExcite', 'stem', { units: 3 }),
    node('b', 'squeezeExcite', 'a', { units: 2, activation: 'silu', gate: 'hardSigmoid' }),
    ...head('b'),
  ],
  'other sizes of the image': [
    node('larger', 'resize', 'input', { height: 9, width: 7 }),
    node('stem', 'convolution', 'larger', { filters: 4, kernel: 3 }),
    node('a', 'resize', 'stem', { height: 4, width: 11 }),
    node('b', 'convolution', 'a', { filters: 3, kernel: 3 }),
    ...head('b'),
  ],
  ...Object.fromEntries(
    ['relu', 'relu6', 'silu', 'hardSwish', 'gelu', 'tanh', 'sigmoid'].map((name) => [
      `activation ${name}`,
      [stem, node('a', 'activation', 'stem', { function: name }), ...head('a')],
    ]),
  ),
};

/** The loss of a step and the gradients of all parameters are those of tfjs. */
export function expectAgreement(nodes: Nodes, indices: Int32Array, computation: Computation): void {
  const network = networkOf(nodes, data.imageShape);
  const step = compiled(network, data, { kind: 'sgd' }, false, [], computation);
  const before = randomState(step);
  step.write(before);
  const loss = step.train(indices, plainNumbers, 1, () => 0);
  const after = step.read();
  step.close();

  tf.tidy(() => {
    const sizes = new Map(Object.entries(shapesOf(nodes, before)));
    const weights = Object.fromEntries(
      [...before]
        .filter(([name]) => !/^momentum\/|moving/.test(name))
        .map(([name, values]) => [name, tf.variable(tf.tensor(values, sizes.get(name)))]),
    );
    const { x, y } = eagerBatch(data, [...indices]);
    const { value, grads } = tf.variableGrads(
      () => eagerLoss(eagerLogits(network, weights, x), y, data.classes),
      Object.values(weights),
    );
    expect(loss).toBeCloseTo(value.dataSync()[0] ?? Number.NaN, 4);
    for (const [name, variable] of Object.entries(weights)) {
      const gradient = grads[variable.name]?.dataSync() ?? new Float32Array(before.get(name)?.length ?? 0);
      gradient.forEach((slope, i) => {
        const moved =
          ((before.get(name)?.[i] ?? 0) - (after.get(name)?.[i] ?? 0)) / plainNumbers.learningRate;
        expect(Math.abs(moved - slope), `${name}[${i}]`).toBeLessThan(2e-5 + 1e-3 * Math.abs(slope));
      });
      variable.dispose();
    }
  });
}

/** Sizes of the parameters, from the step's own network. */
function shapesOf(nodes: Nodes, state: ReadonlyMap<string, Float32Array>) {
  const parameters = networkParameters(networkOf(nodes, data.imageShape));
  return Object.fromEntries(
    parameters.filter(({ name }) => state.has(name)).map(({ name, sizes }) => [name, [...sizes]]),
  );
}

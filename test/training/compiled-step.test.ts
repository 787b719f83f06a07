import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { networkParameters } from '../../src/training/network-parameters.js';
import { CompiledStep } from '../../src/training/compiled-step.js';
import { eagerBatch, eagerLogits, eagerLoss, tf } from './eager-network.js';
import { compiled, networkOf, patterns, plainNumbers, randomState } from './laboratory.js';

const data = patterns(40, [8, 8, 2]);
const indices = Array.from({ length: 12 }, (_none, i) => (i * 7) % 40);
const noSeeds = (): number => 0;
const open: CompiledStep[] = [];
afterAll(() => open.forEach((step) => step.close()));

const node = (name: string, op: string, from: string, attributes: Record<string, unknown> = {}) => ({
  name,
  op,
  inputs: from.split(' '),
  attributes,
});
const stem = node('stem', 'convolution', 'input', { filters: 4, kernel: 3 });
const head = (from: string) => [
  node('pool', 'globalAveragePooling', from),
  node('logits', 'dense', 'pool', { units: 4 }),
];

/** Networks that have, one after another, every operation and its attributes. */
const networks: Readonly<Record<string, Parameters<typeof networkOf>[0]>> = {
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

describe('a compiled step agrees with tfjs run op by op', () => {
  test.each(Object.entries(networks))('%s', (_name, nodes) => expectAgreement(nodes));

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
        expectAgreement([stem, ...middle, node('sum', 'add', names.join(' ')), ...head('sum')]);
      }),
      { numRuns: 12, seed: 1 },
    );
  });
});

/** The loss of a step and the gradients of all parameters are those of tfjs. */
function expectAgreement(nodes: Parameters<typeof networkOf>[0]): void {
  const network = networkOf(nodes, data.imageShape);
  const step = compiled(network, data);
  open.push(step);
  const before = randomState(step);
  step.write(before);
  const loss = step.train(Int32Array.from(indices), plainNumbers, 1, noSeeds);
  const after = step.read();

  tf.tidy(() => {
    const sizes = new Map(Object.entries(shapesOf(nodes, before)));
    const weights = Object.fromEntries(
      [...before]
        .filter(([name]) => !/^momentum\/|moving/.test(name))
        .map(([name, values]) => [name, tf.variable(tf.tensor(values, sizes.get(name)))]),
    );
    const { x, y } = eagerBatch(data, indices);
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
function shapesOf(nodes: Parameters<typeof networkOf>[0], state: ReadonlyMap<string, Float32Array>) {
  const parameters = networkParameters(networkOf(nodes, data.imageShape));
  return Object.fromEntries(
    parameters.filter(({ name }) => state.has(name)).map(({ name, sizes }) => [name, [...sizes]]),
  );
}

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
  const all = Int32Array.from(indices);

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
    expect(make).toThrow(/1 threads in mode repeatable and cannot train with 1 in mode fast/);
  });
});

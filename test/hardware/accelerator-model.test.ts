import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Accelerator } from '../../hardware/index.js';
import {
  acceleratorCosts,
  AcceleratorModel,
  acceleratorSpace,
  areaOf,
  checkAccelerator,
  HardwareError,
  matrixProduct,
  scratchpadAccessEnergy,
  technology45nm,
} from '../../hardware/index.js';
import { RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import { decode, sample, size } from '../../search-spaces/index.js';
import type { Operation, OperationAttributes } from '../../training/index.js';
import { buildNetwork, NetworkBuilder } from '../../training/index.js';

const small: Accelerator = {
  rows: 8,
  columns: 8,
  dataflow: 'outputStationary',
  inputScratchpad: 32,
  weightScratchpad: 32,
  outputScratchpad: 32,
  bandwidth: 4,
  precision: 'int8',
};

const cellConvolution = {
  inputHeight: 34,
  inputWidth: 34,
  kernelHeight: 3,
  kernelWidth: 3,
  channels: 16,
  filters: 16,
  stride: 1,
  dilation: 1,
};

/** A network of one node on an image of 8 × 8 × 16. */
function single<O extends Operation>(op: O, attributes: Partial<OperationAttributes[O]>) {
  const builder = new NetworkBuilder();
  const input = builder.input('input', [8, 8, 16]);
  return builder.build([builder.node('only', op, input, attributes)]);
}

describe('the design space', () => {
  test('has 90,000 accelerators, each of which is one', () => {
    expect(size(acceleratorSpace)).toBe(90_000n);
    const stream = new RandomStream(rngFromSeed('accelerators'));
    for (let i = 0; i < 200; i++) {
      const accelerator: Accelerator = decode(acceleratorSpace, sample(acceleratorSpace, stream));
      expect(() => checkAccelerator(accelerator)).not.toThrow();
    }
  });
});

describe('the cost of a layer', () => {
  test('the worked example: a NAS-Bench-201 convolution on an 8 × 8 array', () => {
    const cost = new AcceleratorModel(small).layer(cellConvolution);
    expect(cost.multiplyAccumulates).toBe(2_359_296);
    expect(cost.computeCycles - 1).toBe(40_447);
    expect(cost.utilization).toBeCloseTo(0.911, 3);
    expect(cost.scratchpadAccesses).toEqual({ inputs: 294_912, weights: 294_912, outputs: 16_384 });
    expect(cost.dramWords).toEqual({ inputs: 39_100, weights: 2_304, outputs: 16_384 });
    expect(cost.energyPicojoules.multiplyAccumulate / 1e6).toBeCloseTo(0.71, 2);
    expect(cost.energyPicojoules.dram / 1e6).toBeCloseTo(9.39, 2);
  });

  test('the latency adds filling, the slowest of four, and draining', () => {
    const cost = new AcceleratorModel(small).layer(cellConvolution);
    // Half of a scratchpad holds 16,350 words read and 16,384 written; the array is slower than DRAM in between.
    expect(cost.latencyCycles).toBe(16_350 / 4 + 40_448 + 16_384 / 4);
    expect(cost.stallCycles).toBe(0);
    const starved = new AcceleratorModel({ ...small, bandwidth: 0.5 }).layer(cellConvolution);
    expect(starved.stallCycles).toBe((39_100 - 16_350) / 0.5 - 40_448);
    expect(starved.latencyCycles).toBe(16_350 / 0.5 + (39_100 - 16_350) / 0.5 + 16_384 / 0.5);
  });

  test('wider words leave cycles alone and cost energy and area', () => {
    const [bytes, halves] = [small, { ...small, precision: 'fp16' as const }].map((accelerator) =>
      new AcceleratorModel(accelerator).layer(matrixProduct(32, 64, 10)),
    );
    expect(halves?.computeCycles).toBe(bytes?.computeCycles);
    expect(halves?.dramWords).toEqual(bytes?.dramWords);
    expect(halves?.energyPicojoules.dram).toBe(2 * (bytes?.energyPicojoules.dram ?? 0));
    expect(areaOf({ ...small, precision: 'fp16' }, technology45nm).total).toBeGreaterThan(
      areaOf(small, technology45nm).total,
    );
  });

  test('a larger array or scratchpad has no less area and no cheaper accesses', () => {
    const sides = fc.constantFrom(8, 16, 32, 64);
    const kibibytes = fc.constantFrom(32, 64, 128, 256, 512);
    fc.assert(
      fc.property(sides, sides, kibibytes, kibibytes, (a, b, k, l) => {
        const area = (side: number, scratchpad: number): number =>
          areaOf({ ...small, rows: side, inputScratchpad: scratchpad }, technology45nm).total;
        expect(Math.sign(area(a, k) - area(b, k))).toBe(Math.sign(a - b));
        expect(Math.sign(area(a, k) - area(a, l))).toBe(Math.sign(k - l));
        const access = (size: number): number => scratchpadAccessEnergy(size, 8, technology45nm);
        expect(Math.sign(access(k) - access(l))).toBe(Math.sign(k - l));
      }),
    );
  });

  test.each([
    [{ kernelHeight: 35 }, 'the kernel is larger than the input.'],
    [{ stride: 2 }, 'the stride does not divide input − kernel'],
    [{ channels: 0 }, 'channels must be an integer of at least 1.'],
    [{ dilation: 2, stride: 2 }, 'stride and dilation cannot both be more than 1.'],
  ])('the layer with %o is refused', (change, message) => {
    const model = new AcceleratorModel(small);
    const layer = { ...cellConvolution, ...change };
    expect(() => model.layer(layer)).toThrow(message);
    expect(() => model.layer(layer)).toThrow(
      expect.objectContaining({ failureClass: 'InvalidArchitecture' }),
    );
  });
});

describe('the cost of a network', () => {
  const model = new AcceleratorModel(small);

  test('is the sum over its nodes', () => {
    const graph = buildNetwork({
      builder: 'plainConvolutional',
      inputShape: [28, 28, 1],
      widths: [8, 16],
      denseUnits: 32,
      classes: 10,
    });
    const cost = model.network(graph);
    expect(cost.nodes.map(({ node }) => node)).toEqual([
      'stage1/layer1/convolution',
      'stage1/maxPooling',
      'stage2/layer1/convolution',
      'stage2/maxPooling',
      'hidden/dense',
      'logits',
    ]);
    const sum = cost.nodes.reduce((total, node) => total + node.energyPicojoules.total, 0);
    expect(cost.energyPicojoules.total).toBeCloseTo(sum, 3);
    const macs = 28 * 28 * 9 * 8 + 14 * 14 * 9 * 8 * 16 + 7 * 7 * 16 * 32 + 32 * 10;
    expect(cost.multiplyAccumulates).toBe(macs);
    expect(cost.latencySeconds).toBe(cost.latencyCycles / 200e6);
    expect(cost.utilization).toBeGreaterThan(0);
    expect(cost.utilization).toBeLessThan(1);
  });

  test('depthwise and grouped convolutions are one dense layer for each group', () => {
    const one = model.layer({ ...cellConvolution, inputHeight: 10, inputWidth: 10, channels: 1, filters: 1 });
    const depthwise = model.network(single('depthwiseConvolution', { kernel: [3, 3] }));
    expect(depthwise.latencyCycles).toBe(16 * one.latencyCycles);
    expect(depthwise.dramWords.inputs).toBe(16 * one.dramWords.inputs);
    const four = model.layer({
      ...cellConvolution,
      inputHeight: 10,
      inputWidth: 10,
      channels: 4,
      filters: 8,
    });
    const grouped = model.network(single('convolution', { kernel: [3, 3], filters: 32, groups: 4 }));
    expect(grouped.latencyCycles).toBe(4 * four.latencyCycles);
  });

  test('a separable convolution is its two halves, a factorised reduction two halved 1 × 1 convolutions', () => {
    const separable = model.network(single('separableConvolution', { kernel: [3, 3], filters: 8 }));
    const depthwise = model.network(single('depthwiseConvolution', { kernel: [3, 3] }));
    const pointwise = model.network(single('convolution', { kernel: [1, 1], filters: 8 }));
    expect(separable.computeCycles).toBe(depthwise.computeCycles + pointwise.computeCycles);
    const reduction = model.network(single('factorizedReduction', { filters: 8 }));
    const half = model.network(single('convolution', { kernel: [1, 1], filters: 4, stride: 2 }));
    expect(reduction.computeCycles).toBe(2 * half.computeCycles);
  });

  test('what folds into other layers is free, pooling and sums move words only', () => {
    for (const graph of [
      single('batchNormalization', {}),
      single('activation', { function: 'relu' }),
      single('identity', {}),
      single('zero', {}),
      single('flatten', {}),
    ]) {
      expect(model.network(graph).latencyCycles).toBe(0);
      expect(model.network(graph).utilization).toBe(0);
    }
    const pooling = model.network(single('maxPooling', { kernel: [2, 2], stride: 2 }));
    expect(pooling.multiplyAccumulates).toBe(0);
    expect(pooling.computeCycles).toBe(1024 / 8);
    expect(pooling.dramWords).toEqual({ inputs: 1024, weights: 0, outputs: 256 });
  });

  test('a batch repeats convolutions and widens matrix products', () => {
    const graph = single('convolution', { kernel: [3, 3], filters: 8 });
    expect(model.network(graph, { batch: 5 }).latencyCycles).toBe(5 * model.network(graph).latencyCycles);
    const dense = buildNetwork({ builder: 'multilayerPerceptron', inputShape: [64], units: [], classes: 10 });
    expect(model.network(dense, { batch: 32 }).computeCycles).toBe(
      model.layer(matrixProduct(32, 64, 10)).computeCycles,
    );
    expect(() => model.network(graph, { batch: 0 })).toThrow(
      'the batch must be an integer of at least 1, not 0.',
    );
  });

  test('a network that cannot be mapped names the node', () => {
    const starved = new AcceleratorModel({ ...small, rows: 4096, inputScratchpad: 1, precision: 'fp32' });
    const graph = single('convolution', { kernel: [3, 3], filters: 8 });
    expect(() => starved.network(graph)).toThrow(
      'node "only": no layer can be mapped to an array of 4096 × 8 with a scratchpad of 1 KiB: half of it holds fewer than 4096 fp32 words; use a larger scratchpad or a smaller array.',
    );
    expect(() => starved.network(graph)).toThrow(
      expect.objectContaining({ failureClass: 'InvalidArchitecture' }),
    );
  });

  test.each([
    [{ rows: 0 }, 'accelerator: rows must be an integer from 1 to 4096, not 0.'],
    [
      { bandwidth: NaN },
      'accelerator: bandwidth must be a number of words per cycle greater than 0, not null.',
    ],
    [
      { dataflow: 'rowStationary' },
      'accelerator: dataflow must be one of outputStationary, weightStationary,',
    ],
    [{ precision: 'int4' }, 'accelerator: precision must be one of int8, fp16, fp32, not "int4".'],
  ])('the accelerator with %o is refused', (change, message) => {
    const accelerator = { ...small, ...change } as Accelerator;
    expect(() => new AcceleratorModel(accelerator)).toThrow(HardwareError);
    expect(() => new AcceleratorModel(accelerator)).toThrow(message);
  });
});

test('the costs of a network on the accelerator of its trial are those of the model', () => {
  const network = buildNetwork({
    builder: 'mobileNet',
    inputShape: [28, 28, 1],
    classes: 10,
    stages: [{ kernel: 3, expansion: 3, depth: 1, squeezeExcitation: true }],
    resolution: 0.75,
  });
  const model = new AcceleratorModel(small);
  const { latencySeconds, energyPicojoules } = model.network(network);
  const costs = acceleratorCosts(network, { accelerator: small }, {});
  expect(costs.latency).toBeCloseTo(1e6 * latencySeconds, 9);
  expect(costs.energy).toBeCloseTo(energyPicojoules.total / 1e6, 9);
  expect(costs.area).toBe(model.areaSquareMillimetres.total);
  expect(acceleratorCosts(network, {}, { accelerator: small })).toEqual(costs);
  expect(() => acceleratorCosts(network, {}, {})).toThrow('there is no accelerator among the parameters');
  expect(() => acceleratorCosts(network, { accelerator: { ...small, rows: 0 } }, {})).toThrow(HardwareError);
});

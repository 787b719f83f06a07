import { describe, expect, test } from 'vitest';
import type { Json } from '../../foundation/json/index.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import {
  buildNetwork,
  buildWithChoices,
  enasMacroNetwork,
  enasMacroNetworkOperations,
  enasMicroNetwork,
} from '../../networks/builders/index.js';
import type { EnasMacroOptions, EnasMicroOptions } from '../../networks/builders/index.js';
import { networkParameters } from '../../networks/index.js';
import { inferShapes, networkCost } from '../../networks/network-graph/index.js';
import { childNetwork, supernetworkParameters } from '../../networks/supernetwork/index.js';
import type { Supernetwork } from '../../networks/supernetwork/index.js';
import {
  decode,
  enasMacro,
  enasMacroOperations,
  enasMicro,
  enasMicroOperations,
  sample,
} from '../../search-spaces/index.js';
import type { Space } from '../../search-spaces/index.js';
import { sharedSpace } from '../support/supernet-laboratory.js';

const photographs = { inputShape: [32, 32, 3], classes: 10 } as const;
const small = { inputShape: [9, 9, 2], classes: 4 } as const;

// A program with choices has the form of a point.
const macro =
  (options: EnasMacroOptions, image: object = small) =>
  (point: unknown) =>
    buildWithChoices({ ...image, ...enasMacroNetwork(point as Json, options) });
const micro =
  (options: EnasMicroOptions, image: object = small) =>
  (point: unknown) =>
    buildWithChoices({ ...image, ...enasMicroNetwork(point as Json, options) });

const smallOperations = ['conv_3x3', 'conv_1x1', 'avg_pool_3x3', 'max_pool_3x3'] as const;

/** A child has the nodes and names of the network of its point, and its parameters are among the shared ones. */
function expectSharedChildren(of: Space, network: (program: unknown) => unknown, count = 12): void {
  const { supernetwork, pathFor } = sharedSpace(of, network);
  const shared = new Map(
    supernetworkParameters(supernetwork).map(({ parameter }) => [parameter.name, parameter]),
  );
  for (let seed = 0; seed < count; seed++) {
    const genome = sample(of, rngFromSeed(seed));
    const own = childNetwork(supernetwork, pathFor(genome));
    expect(own).toEqual(network(decode(of, genome)));
    for (const parameter of networkParameters(own)) expect(shared.get(parameter.name)).toEqual(parameter);
  }
}

function trainedCount(supernetwork: Supernetwork): number {
  return supernetworkParameters(supernetwork).reduce(
    (sum, { parameter: { trained, sizes } }) =>
      sum + (trained ? sizes.reduce((product, size) => product * size, 1) : 0),
    0,
  );
}

describe('macro networks', () => {
  test.each([
    ['4 layers', enasMacro(4), {}],
    ['7 layers', enasMacro(7), {}],
    [
      'without reductions, other operations',
      enasMacro(3, { operations: smallOperations }),
      { reductions: false },
    ],
    ['2 layers', enasMacro(2), { reductions: false }],
  ])('children of a supernetwork are the networks of points: %s', (_name, of, options) => {
    expectSharedChildren(of, macro({ channels: 4, ...options }));
  });

  test('the published space shares about 0.7 million weights', () => {
    const { supernetwork, choices } = sharedSpace(enasMacro(12), macro({ channels: 36 }, photographs));
    const layer = 6 * 36 * 36 + (9 + 25) * 36 * 36 + (9 + 25) * 36 + 2 * 36 * 36;
    // Ten normalisations in the operations, and one after the sum; scale and offset each.
    const normalizations = 11 * 2 * 36;
    const reductions = (4 + 8) * (36 * 36 + 2 * 36);
    expect(trainedCount(supernetwork)).toBe(
      12 * (layer + normalizations) + 9 * 3 * 36 + 2 * 36 + reductions + 36 * 10,
    );
    expect(trainedCount(supernetwork)).toBe(695_196);
    expect(choices).toHaveLength(12 + 66);
  });

  test('a child reduces only the outputs that it reads', () => {
    const layers = (bits: readonly (readonly number[])[]) =>
      bits.map((skips) => ({ operation: 'conv_3x3', skips }));
    const names = (bits: readonly (readonly number[])[]) =>
      (macro({ channels: 4 })(layers(bits)).nodes as readonly { readonly name: string }[]).flatMap(
        ({ name }) => (name.endsWith('/reduction') ? [name] : []),
      );
    // Layers 2 and 4 of 6 are followed by reductions.
    const none = [[], [0], [0, 0], [0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0, 0]];
    expect(names(none)).toEqual(['reduction1/layer2/reduction', 'reduction2/layer4/reduction']);
    expect(names([...none.slice(0, 3), [1, 0, 0], ...none.slice(4)])).toEqual([
      ...['reduction1/layer1/reduction', 'reduction1/layer2/reduction', 'reduction2/layer4/reduction'],
    ]);
    expect(names([...none.slice(0, 5), [1, 0, 1, 0, 0]])).toEqual([
      ...['reduction1/layer1/reduction', 'reduction1/layer2/reduction', 'reduction2/layer1/reduction'],
      ...['reduction2/layer3/reduction', 'reduction2/layer4/reduction'],
    ]);
  });

  test('a layer adds what it skips to, and all sizes halve twice', () => {
    const point = decode(enasMacro(6), sample(enasMacro(6), rngFromSeed(1)));
    const graph = macro({ channels: 4 }, photographs)(point);
    if (graph.format !== 'duramen-network/1') throw new Error('A point has no choices.');
    const shapes = inferShapes(graph);
    expect([1, 2, 3, 4, 5, 6].map((n) => shapes.get(`layer${n}/batchNormalization`))).toEqual([
      ...[
        [32, 32, 4],
        [32, 32, 4],
        [16, 16, 4],
        [16, 16, 4],
        [8, 8, 4],
        [8, 8, 4],
      ],
    ]);
    const layers = point as readonly { readonly skips: readonly number[] }[];
    layers.forEach(({ skips }, place) => {
      const bits = skips.filter((bit) => bit === 1).length;
      const sum = graph.nodes.find(({ name }) => name === `layer${place + 1}/sum`);
      expect(sum?.inputs.length ?? 1).toBe(1 + bits);
    });
    expect(graph.nodes.find(({ op }) => op === 'dropout')?.attributes).toEqual({ rate: 0.1 });
  });

  test('the final form joins what it skips to, doubles its channels and keeps the number of layers', () => {
    const layers = [
      { operation: 'sep_conv_5x5', skips: [] },
      { operation: 'conv_3x3', skips: [1] },
      { operation: 'max_pool_3x3', skips: [0, 1] },
      { operation: 'conv_5x5', skips: [1, 0, 0] },
    ];
    const graph = buildNetwork({
      ...photographs,
      ...enasMacroNetwork(layers, { form: 'final', channels: 6 }),
    });
    const shapes = inferShapes(graph);
    expect(shapes.get('layer1/operation/sep_conv_5x5/second/batchNormalization')).toEqual([32, 32, 6]);
    expect(shapes.get('layer2/concatenate')).toEqual([16, 16, 24]);
    expect(shapes.get('layer3/concatenate')).toEqual([8, 8, 48]);
    expect(shapes.get('layer4/concatenate')).toEqual([8, 8, 48]);
    expect(graph.nodes.find(({ op }) => op === 'dropout')?.attributes).toEqual({ rate: 0.5 });
    const norm = (channels: number): number => 2 * channels;
    const stem = 9 * 3 * 6 + norm(6);
    const layer1 = 6 * 6 + norm(6) + (25 * 6 + 6 * 6) + norm(6);
    const halved1 = 6 * 12 + norm(12);
    const layer2 = 12 * 12 + norm(12) + 9 * 12 * 12 + norm(12) + 24 * 12 + norm(12);
    const halved2 = 2 * (12 * 24 + norm(24));
    const layer3 = 24 * 24 + norm(24) + 48 * 24 + norm(24);
    const layer4 = 24 * 24 + norm(24) + 25 * 24 * 24 + norm(24) + 48 * 24 + norm(24);
    expect(networkCost(graph).parameters).toBe(
      stem + layer1 + halved1 + layer2 + halved2 + layer3 + layer4 + 24 * 10,
    );
  });

  test.each<[string, unknown, EnasMacroOptions, string]>([
    [
      'no list',
      { operation: 'conv_3x3' },
      {},
      'enasMacro: the parameter "layers" must be a list of at least 3 layers',
    ],
    [
      'too few layers for reductions',
      [{ operation: 'conv_3x3', skips: [] }],
      {},
      'must be a list of at least 3 layers, or "reductions" false, not 1.',
    ],
    ['no layers', [], { reductions: false }, 'must be a list of at least 1 layers, not 0.'],
    [
      'an unknown operation',
      [{ operation: 'conv_7x7', skips: [] }],
      { reductions: false },
      'enasMacro layers[0]: the parameter "operation" must be one of conv_3x3, sep_conv_3x3',
    ],
    [
      'a bit too many',
      [{ operation: 'conv_3x3', skips: [1] }],
      { reductions: false },
      'enasMacro layers[0]: the parameter "skips" must be a list of 0 bits 0 or 1, one for each layer before, not [1].',
    ],
    [
      'a bit that is none',
      [
        { operation: 'conv_3x3', skips: [] },
        { operation: 'conv_3x3', skips: [true] },
      ],
      { reductions: false },
      'enasMacro layers[1]: the parameter "skips" must be a list of 1 bits 0 or 1',
    ],
    [
      'a field too many',
      [{ operation: 'conv_3x3', skips: [], kernel: 3 }],
      { reductions: false },
      'enasMacro layers[0]: unknown parameter "kernel"',
    ],
    [
      'one channel to halve',
      [{ operation: 'conv_3x3', skips: [] }],
      { channels: 1 },
      'the parameter "channels" must be an integer from 2',
    ],
  ])('refuse %s', (_name, point, options, message) => {
    expect(() => macro(options)(point)).toThrow(message);
  });

  test('the final form refuses choices', () => {
    expect(() => sharedSpace(enasMacro(3), macro({ form: 'final' }))).toThrow(
      'enasMacro: "[0].operation" is a choice, and the final form is one network: give it the point that was found.',
    );
  });

  test('the published operations are among those of the builder', () => {
    expect(enasMacroNetworkOperations.slice(0, 6)).toEqual(enasMacroOperations);
    expect(enasMacroNetworkOperations).toContain('conv_1x1');
  });
});

/** Blocks of a cell as the published code encodes them: index, operation, index, operation. */
function cellOf(encoding: string): readonly { readonly [key: string]: Json }[] {
  const numbers = encoding.split(' ').map(Number);
  return Array.from({ length: numbers.length / 4 }, (_none, block) => {
    const [index1 = 0, first = 0, index2 = 0, second = 0] = numbers.slice(4 * block, 4 * block + 4);
    const [operation1, operation2] = [enasMicroOperations[first] ?? '', enasMicroOperations[second] ?? ''];
    return { index1, operation1, index2, operation2 };
  });
}

// The cells of the script cifar10_micro_final.sh of melodyguan/enas.
const published = {
  normal: cellOf('0 2 0 0 0 4 0 1 0 4 1 1 1 0 0 1 0 2 1 1'),
  reduction: cellOf('1 0 1 0 0 3 0 2 1 1 3 1 1 0 0 4 0 3 1 1'),
};

describe('micro networks', () => {
  test.each([
    ['1 block', enasMicro(1)],
    ['3 blocks', enasMicro(3)],
  ])('children of a supernetwork are the networks of points: %s', (_name, of) => {
    expectSharedChildren(of, micro({ channels: 2, layers: 3 }), 8);
  });

  test('an operation has kernels for each state that it may read', () => {
    const { supernetwork } = sharedSpace(enasMicro(2), micro({ channels: 4, layers: 3 }));
    const names = supernetworkParameters(supernetwork).flatMap(({ parameter: { name } }) =>
      /^cell1\/block2\/first\/.*sep_conv_5x5\/second.*pointwise/.test(name) ? [name] : [],
    );
    expect(names).toEqual(
      [0, 1, 2].map(
        (state) => `cell1/block2/first/state${state}/sep_conv_5x5/second/convolution/pointwiseKernel`,
      ),
    );
    const outputs = supernetworkParameters(supernetwork).flatMap(({ parameter: { name }, under }) =>
      /^cell1\/output\/.*kernel/.test(name) ? [[name.slice(13, 19), under.length]] : [],
    );
    expect(outputs).toEqual([
      ['state3', 0],
      ['state2', 1],
      ['state1', 1],
      ['state0', 1],
    ]);
  });

  test('the parameters of all cells of the published space', () => {
    const { supernetwork } = sharedSpace(enasMicro(5), micro({ channels: 20 }, photographs));
    const separable = (c: number): number => (9 + 25) * c + 2 * c * c + 2 * 2 * c;
    // Two operands, two separable convolutions in a row, in five blocks with 2 to 6 states.
    const cell = (c: number): number => 2 * 2 * 20 * separable(c) + 7 * c * c + 2 * c;
    const pointwise = (from: number, to: number): number => from * to + 2 * to;
    const stem = 9 * 3 * 60 + 2 * 60;
    // Both inputs of the first cell have the stem's channels, one of the second.
    const inputs = 3 * pointwise(60, 20);
    const reductions = 2 * pointwise(20, 40) + 2 * pointwise(40, 80);
    expect(trainedCount(supernetwork)).toBe(
      stem + inputs + reductions + 2 * cell(20) + 3 * cell(40) + 3 * cell(80) + 80 * 10,
    );
  });

  test('the cells of the published script in the final form, counted layer by layer', () => {
    const graph = buildNetwork({ ...photographs, ...enasMicroNetwork(published, { form: 'final' }) });
    const { parameters } = networkCost(graph);
    const pointwise = (from: number, to: number): number => from * to + 2 * to;
    const separable = (kernel: number, c: number): number => 2 * (kernel * kernel * c + c * c + 2 * c);
    const normal = (c: number): number => 2 * separable(3, c) + 4 * separable(5, c);
    const reducing = (c: number): number => 3 * separable(3, c) + 3 * separable(5, c) + pointwise(c, c);
    let expected = 9 * 3 * 108 + 2 * 108;
    // Channels of the two inputs of each cell: five states of a normal cell stay unread, four of a reduction cell.
    let [before, last, width] = [108, 108, 36];
    for (let cell = 0; cell < 17; cell++) {
      const shrinks = cell === 5 || cell === 11;
      const shrank = cell === 6 || cell === 12;
      if (shrinks) width *= 2;
      if (shrank || before !== width) expected += pointwise(before, width);
      if (last !== width) expected += pointwise(last, width);
      expected += pointwise(width, width) + (shrinks ? reducing(width) : normal(width));
      [before, last] = [last, (shrinks ? 4 : 5) * width];
    }
    expect(parameters).toBe(expected + last * 10);
    expect(parameters).toBe(3_894_372);
    const shapes = inferShapes(graph);
    expect(shapes.get('cell1')).toEqual([32, 32, 180]);
    expect(shapes.get('cell6')).toEqual([16, 16, 288]);
    expect(shapes.get('cell17')).toEqual([8, 8, 720]);
  });

  test('the final form drops operations by depth, never an identity', () => {
    const graph = buildNetwork({
      ...small,
      ...enasMicroNetwork(published, { form: 'final', layers: 3, channels: 4, dropPath: 0.4 }),
    });
    const rates = graph.nodes.flatMap((node) =>
      node.op === 'dropPath' ? [[node.name.slice(0, 5), node.attributes.rate] as const] : [],
    );
    expect(new Map(rates).get('cell1')).toBeCloseTo(0.08);
    expect(new Map(rates).get('cell5')).toBeCloseTo(0.4);
    // Two identities in the normal cell, one in the reduction cell.
    expect(rates).toHaveLength(3 * 8 + 2 * 9);
  });

  test('a final reduction cell halves the inputs that no block reads', () => {
    const block = { index1: 1, operation1: 'identity', index2: 1, operation2: 'max_pool_3x3' };
    const cells = { normal: [block], reduction: [block] };
    const graph = buildNetwork({
      ...small,
      ...enasMicroNetwork(cells, { form: 'final', layers: 3, channels: 4 }),
    });
    const shapes = inferShapes(graph);
    expect(shapes.get('cell1')).toEqual([9, 9, 8]);
    expect(shapes.get('cell2/output/state0/reduction')).toEqual([5, 5, 8]);
    expect(shapes.get('cell2')).toEqual([5, 5, 16]);
    expect(shapes.get('cell4')).toEqual([3, 3, 32]);
  });

  const block = { index1: 0, operation1: 'identity', index2: 1, operation2: 'identity' };
  test.each<[string, unknown, EnasMicroOptions, string]>([
    [
      'no point',
      [block],
      {},
      'enasMicroNetwork: expected a point of enasMicro with its cells normal and reduction',
    ],
    ['a missing cell', { normal: [block] }, {}, 'enasMicro: the parameter "reduction" is missing'],
    [
      'no blocks',
      { normal: [], reduction: [block] },
      {},
      'the parameter "normal" must be a list of at least one block',
    ],
    [
      'a block that reads itself',
      { normal: [{ ...block, index2: 2 }], reduction: [block] },
      {},
      'enasMicro normal[0]: the parameter "index2" must be an integer from 0 to 1, not 2.',
    ],
    [
      'an unknown operation',
      { normal: [block], reduction: [{ ...block, operation1: 'zero' }] },
      {},
      'enasMicro reduction[0]: the parameter "operation1" must be one of sep_conv_3x3',
    ],
    [
      'few layers',
      { normal: [block], reduction: [block] },
      { layers: 2 },
      '"layers" must be an integer from 3',
    ],
    [
      'dropped paths while searching',
      { normal: [block], reduction: [block] },
      { dropPath: 0.1 },
      '"dropPath" must be 0 in the form search, which drops no paths, not 0.1.',
    ],
    [
      'a misspelt field',
      { normal: [block], reduction: [block], kernel: 3 },
      {},
      'enasMicro: unknown parameter "kernel"',
    ],
  ])('refuse %s', (_name, point, options, message) => {
    expect(() => micro(options)(point)).toThrow(message);
  });

  test('the final form refuses choices', () => {
    expect(() => sharedSpace(enasMicro(1), micro({ form: 'final' }))).toThrow(
      'enasMicro: "normal[0].index1" is a choice, and the final form is one network',
    );
  });
});

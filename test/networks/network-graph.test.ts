import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NetworkGraph, Operation, OperationAttributes, Shape } from '../../training/index.js';
import {
  activationFunctions,
  buildNetwork,
  GraphError,
  inferShapes,
  NetworkBuilder,
  networkCost,
  operations,
  parseNetworkGraph,
  topologicalOrder,
} from '../../training/index.js';

const image = { image: { shape: [9, 8, 4] } };

/** A node as JSON. */
function node(name: string, op: string, inputs: readonly string[], attributes: object = {}) {
  return { name, op, inputs, attributes };
}

function graph(nodes: readonly object[], outputs: readonly string[], inputs: object = image) {
  return { format: 'duramen-network/1', inputs, nodes, outputs };
}

/** Output shape, parameters and multiply-adds of one operation on one input. */
function measured<O extends Operation>(op: O, input: Shape, attributes: Partial<OperationAttributes[O]>) {
  const builder = new NetworkBuilder();
  const from = builder.input('input', input);
  const built = builder.build([builder.node('only', op, from, attributes)]);
  const { nodes, parameters, multiplyAdds } = networkCost(built);
  return [nodes[0]?.shape, parameters, multiplyAdds];
}

describe('reading a graph', () => {
  test('defaults are filled in and nodes put in order', () => {
    const read = parseNetworkGraph(
      graph(
        [
          node('b', 'activation', ['a'], { function: 'relu' }),
          node('a', 'convolution', ['image'], { filters: 2, kernel: 3 }),
        ],
        ['b'],
      ),
    );
    expect(read.nodes.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(read.nodes[0]?.attributes).toEqual({
      filters: 2,
      kernel: [3, 3],
      stride: 1,
      padding: 'same',
      dilation: 1,
      groups: 1,
      bias: true,
    });
  });

  test('what was read can be written and read again', () => {
    const built = buildNetwork({
      builder: 'residualConvolutional',
      inputShape: [28, 28, 1],
      widths: [4, 8],
      classes: 10,
    });
    expect(parseNetworkGraph(JSON.parse(JSON.stringify(built)))).toEqual(built);
  });

  test('any order of the nodes gives an order in which inputs come first', () => {
    const built = buildNetwork({
      builder: 'nasBench201',
      inputShape: [8, 8, 1],
      classes: 10,
      cellsPerStage: 1,
      cell: ['nor_conv_3x3', 'avg_pool_3x3', 'skip_connect', 'none', 'nor_conv_1x1', 'skip_connect'],
    });
    fc.assert(
      fc.property(fc.shuffledSubarray([...built.nodes], { minLength: built.nodes.length }), (nodes) => {
        const seen = new Set(Object.keys(built.inputs));
        for (const { name, inputs } of topologicalOrder({ ...built, nodes })) {
          expect(inputs.every((input) => seen.has(input))).toBe(true);
          seen.add(name);
        }
        expect(seen.size).toBe(built.nodes.length + 1);
      }),
      { numRuns: 30 },
    );
  });

  const flat = { vector: { shape: [6] } };
  test.each<[string, unknown, string]>([
    ['no object', 7, 'expected an object with its fields instead of 7.'],
    [
      'another format',
      { format: 'onnx' },
      'the field "format" must be one of "duramen-network/1", not "onnx".',
    ],
    ['no inputs', graph([], [], {}), 'the graph has no inputs; name at least one with its shape.'],
    [
      'a bad shape',
      graph([], [], { image: { shape: [0, 3] } }),
      'input "image": the field "shape" must be a list of 1 to 4 integers',
    ],
    ['no outputs', graph([], []), 'the graph has no outputs; name at least one node.'],
    [
      'an unknown field',
      { ...graph([node('a', 'identity', ['image'])], ['a']), version: 2 },
      'unknown field "version"',
    ],
    [
      'an unknown operation',
      graph([node('a', 'convolve', ['image'])], ['a']),
      'node "a": unknown operation "convolve"; known are convolution,',
    ],
    [
      'an unknown attribute',
      graph([node('a', 'identity', ['image'], { rate: 1 })], ['a']),
      'node "a": unknown attribute "rate"; it takes no attributes.',
    ],
    [
      'a missing attribute',
      graph([node('a', 'convolution', ['image'], { kernel: 3 })], ['a']),
      'node "a": the attribute "filters" is missing: it must be an integer from 1 to 1000000.',
    ],
    [
      'a wrong attribute',
      graph([node('a', 'dropout', ['image'], { rate: 1 })], ['a']),
      'node "a": the attribute "rate" must be a number of at least 0 and less than 1, not 1.',
    ],
    [
      'a missing name',
      graph([{ op: 'identity', inputs: ['image'] }], ['a']),
      'nodes[0]: the field "name" is missing: it must be a string.',
    ],
    [
      'a bad name',
      graph([node('a b', 'identity', ['image'])], ['a b']),
      'nodes[0]: the name "a b" is not allowed;',
    ],
    [
      'two nodes of one name',
      graph([node('a', 'identity', ['image']), node('a', 'identity', ['image'])], ['a']),
      'node "a": another node or an input has the same name; rename one.',
    ],
    [
      'a node named like an input',
      graph([node('image', 'identity', ['image'])], ['image']),
      'node "image": another node or an input has the same name',
    ],
    [
      'an unknown input',
      graph([node('a', 'identity', ['picture'])], ['a']),
      'node "a": its input "picture" is neither a node nor an input of the graph.',
    ],
    [
      'an unknown output',
      graph([node('a', 'identity', ['image'])], ['b']),
      'the output "b" is not a node of the graph.',
    ],
    [
      'an output named twice',
      graph([node('a', 'identity', ['image'])], ['a', 'a']),
      'the output "a" is named twice.',
    ],
    [
      'a cycle',
      graph(
        [node('a', 'add', ['image', 'c']), node('b', 'identity', ['a']), node('c', 'identity', ['b'])],
        ['c'],
      ),
      'node "b": it depends on itself through the cycle "b" → "c" → "a" → "b".',
    ],
    [
      'an unused node',
      graph([node('a', 'identity', ['image']), node('b', 'identity', ['image'])], ['a']),
      'node "b": no output depends on it; remove it, or connect it',
    ],
    [
      'an unused input',
      graph([node('a', 'identity', ['image'])], ['a'], { ...image, mask: { shape: [1] } }),
      'input "mask": no output depends on it; remove it or connect it.',
    ],
    [
      'a kernel that is too large',
      graph([node('a', 'maxPooling', ['image'], { kernel: [9, 9], padding: 'valid' })], ['a']),
      'node "a": the kernel 9 × 9 is larger than its input 9 × 8; use padding "same" or a smaller kernel.',
    ],
    [
      'groups that do not divide',
      graph([node('a', 'convolution', ['image'], { kernel: 1, filters: 6, groups: 3 })], ['a']),
      'node "a": 4 input channels do not divide into 3 groups.',
    ],
    [
      'filters that do not divide',
      graph([node('a', 'convolution', ['image'], { kernel: 1, filters: 3, groups: 2 })], ['a']),
      'node "a": 3 filters do not divide into 2 groups.',
    ],
    [
      'an image for dense',
      graph([node('a', 'dense', ['image'], { units: 2 })], ['a']),
      'node "a": dense needs a vector, but its input "image" is 9 × 8 × 4; put flatten or globalAveragePooling before it.',
    ],
    [
      'a vector for a convolution',
      graph([node('a', 'convolution', ['vector'], { kernel: 1, filters: 2 })], ['a'], flat),
      'node "a": convolution needs an image (height × width × channels), but its input "vector" is 6.',
    ],
    [
      'one summand',
      graph([node('a', 'add', ['image'])], ['a']),
      'node "a": add takes two or more inputs, not 1.',
    ],
    [
      'two inputs of an identity',
      graph([node('a', 'identity', ['image', 'image'])], ['a']),
      'node "a": identity takes exactly one input, not 2.',
    ],
    [
      'summands that differ',
      graph([node('f', 'flatten', ['image']), node('a', 'add', ['image', 'f'])], ['a']),
      'node "a": add needs inputs of one shape, but "image" is 9 × 8 × 4 and "f" is 288.',
    ],
    [
      'parts that do not join',
      graph(
        [
          node('p', 'maxPooling', ['image'], { kernel: 2, stride: 2 }),
          node('a', 'concatenate', ['image', 'p']),
        ],
        ['a'],
      ),
      'node "a": concatenate needs inputs that differ in their last axis only, but "image" is 9 × 8 × 4 and "p" is 5 × 4 × 4.',
    ],
    [
      'a tensor that is too large',
      graph(
        [
          node('a', 'convolution', ['image'], { kernel: 1, filters: 1_000_000 }),
          node('b', 'flatten', ['a']),
          node('c', 'dense', ['b'], { units: 1 }),
        ],
        ['c'],
        { image: { shape: [1000, 1000, 1] } },
      ),
      'node "a": its output 1000 × 1000 × 1000000 has more than 2³¹ numbers',
    ],
  ])('%s is refused', (_what, json, message) => {
    expect(() => parseNetworkGraph(json)).toThrow(GraphError);
    expect(() => parseNetworkGraph(json)).toThrow(message);
    expect(() => parseNetworkGraph(json)).toThrow(
      expect.objectContaining({ failureClass: 'InvalidArchitecture' }),
    );
  });
});

describe('shapes, parameters and multiply-adds', () => {
  const input = [9, 8, 4] as const;

  test('of convolutions', () => {
    expect(measured('convolution', input, { filters: 6, kernel: [3, 5] })).toEqual([
      [9, 8, 6],
      366,
      60 * 432,
    ]);
    expect(measured('convolution', input, { filters: 6, kernel: [3, 3], stride: 2, bias: false })).toEqual([
      [5, 4, 6],
      216,
      36 * 120,
    ]);
    expect(measured('convolution', input, { filters: 6, kernel: [3, 3], padding: 'valid' })[0]).toEqual([
      7, 6, 6,
    ]);
    expect(
      measured('convolution', input, { filters: 6, kernel: [3, 3], padding: 'valid', dilation: 2 })[0],
    ).toEqual([5, 4, 6]);
    expect(measured('convolution', input, { filters: 6, kernel: [3, 3], groups: 2, bias: false })).toEqual([
      [9, 8, 6],
      108,
      18 * 432,
    ]);
    expect(measured('depthwiseConvolution', input, { kernel: [3, 3], multiplier: 2 })).toEqual([
      [9, 8, 8],
      80,
      9 * 576,
    ]);
    expect(measured('separableConvolution', input, { filters: 6, kernel: [3, 3], stride: 2 })).toEqual([
      [5, 4, 6],
      36 + 24 + 6,
      20 * (36 + 24),
    ]);
    expect(measured('factorizedReduction', input, { filters: 7 })).toEqual([[5, 4, 7], 28, 4 * 140]);
  });

  test('of pooling and reshaping', () => {
    expect(measured('maxPooling', input, { kernel: [2, 2], stride: 2 })).toEqual([[5, 4, 4], 0, 4 * 80]);
    expect(measured('averagePooling', input, { kernel: [3, 3], padding: 'valid' })).toEqual([
      [7, 6, 4],
      0,
      9 * 168,
    ]);
    expect(measured('globalAveragePooling', input, {})).toEqual([[4], 0, 288]);
    expect(measured('flatten', input, {})).toEqual([[288], 0, 0]);
    expect(measured('resize', input, { height: 3, width: 10 })).toEqual([[3, 10, 4], 0, 4 * 120]);
    expect(measured('zero', input, { stride: 2 })).toEqual([[5, 4, 4], 0, 0]);
  });

  test('of the rest', () => {
    expect(measured('batchNormalization', input, {})).toEqual([input, 8, 2 * 288]);
    expect(measured('layerNormalization', input, { scale: false })).toEqual([input, 4, 288]);
    expect(measured('dense', [6], { units: 5 })).toEqual([[5], 35, 30]);
    expect(measured('squeezeExcite', input, { units: 2 })).toEqual([input, 22, 288 + 16 + 6 + 288]);
    for (const name of activationFunctions)
      expect(measured('activation', [6], { function: name })).toEqual([[6], 0, 6]);
    expect(measured('channels', input, { start: 1, count: 2 })).toEqual([[...input.slice(0, 2), 2], 0, 0]);
    expect(() => measured('channels', input, { start: 3, count: 2 })).toThrow('its input has 4');
    expect(measured('shuffleChannels', input, { groups: 2 })).toEqual([input, 0, 0]);
    expect(() => measured('shuffleChannels', input, { groups: 3 })).toThrow('into 3 equal groups');
    for (const op of ['identity', 'zero'] as const) expect(measured(op, input, {})).toEqual([input, 0, 0]);
    for (const op of ['dropout', 'dropPath'] as const)
      expect(measured(op, input, { rate: 0.5 })).toEqual([input, 0, 0]);
  });

  test('of nodes with several inputs', () => {
    const built = parseNetworkGraph(
      graph(
        [
          node('wide', 'convolution', ['image'], { kernel: 1, filters: 3 }),
          node('sum', 'add', ['image', 'image']),
          node('joined', 'concatenate', ['sum', 'wide', 'image']),
        ],
        ['joined'],
      ),
    );
    expect(inferShapes(built).get('joined')).toEqual([9, 8, 11]);
    expect(networkCost(built)).toMatchObject({ parameters: 15, multiplyAdds: 12 * 72 });
  });

  test('every operation is known', () => {
    expect(operations).toHaveLength(22);
  });

  test('a graph that was not read is checked too', () => {
    const unread: NetworkGraph = {
      format: 'duramen-network/1',
      inputs: { vector: { shape: [3] } },
      nodes: [{ name: 'a', op: 'globalAveragePooling', inputs: ['vector'], attributes: {} }],
      outputs: ['a'],
    };
    expect(() => networkCost(unread)).toThrow('node "a": globalAveragePooling needs an image');
  });
});

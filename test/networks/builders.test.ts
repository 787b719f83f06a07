import { describe, expect, test } from 'vitest';
import type { NetworkParameters } from '../../training/index.js';
import { buildNetwork, builderNames, GraphError, inferShapes, networkCost } from '../../training/index.js';

const digits = { inputShape: [28, 28, 1], classes: 10 } as const;
const cell = ['nor_conv_3x3', 'none', 'skip_connect', 'none', 'none', 'skip_connect'] as const;

const dartsNormal = [
  ...([
    ['sep_conv_3x3', 0],
    ['sep_conv_3x3', 1],
    ['sep_conv_3x3', 0],
    ['sep_conv_3x3', 1],
  ] as const),
  ...([
    ['sep_conv_3x3', 1],
    ['skip_connect', 0],
    ['skip_connect', 0],
    ['dil_conv_3x3', 2],
  ] as const),
] as const;
const dartsReduction = [
  ...([
    ['max_pool_3x3', 0],
    ['max_pool_3x3', 1],
    ['skip_connect', 2],
    ['max_pool_3x3', 1],
  ] as const),
  ...([
    ['max_pool_3x3', 0],
    ['skip_connect', 2],
    ['skip_connect', 2],
    ['max_pool_3x3', 1],
  ] as const),
] as const;

const layer = { operation: 'conv_1x1', skips: [] } as const;
const block = { index1: 0, operation1: 'identity', index2: 0, operation2: 'identity' } as const;

describe('builders', () => {
  const smallest: readonly NetworkParameters[] = [
    { builder: 'multilayerPerceptron', ...digits, units: [] },
    { builder: 'plainConvolutional', ...digits, widths: [4] },
    { builder: 'residualConvolutional', ...digits, widths: [4] },
    { builder: 'nasBench201', ...digits, cell, channels: 2, cellsPerStage: 1 },
    { builder: 'darts', ...digits, normal: dartsNormal, reduction: dartsReduction, channels: 2, cells: 3 },
    { builder: 'mobileNet', ...digits, stages: [{ kernel: 3, expansion: 1, depth: 1 }] },
    { builder: 'enasMacro', ...digits, layers: [layer], channels: 2, reductions: false },
    { builder: 'enasMicro', ...digits, normal: [block], reduction: [block], channels: 2, layers: 3 },
  ];

  test('each is known and takes its fewest parameters', () => {
    expect(smallest.map(({ builder }) => builder)).toEqual(builderNames);
    for (const parameters of smallest) {
      const graph = buildNetwork(parameters);
      expect(graph.outputs).toEqual(['logits']);
      expect(Object.keys(graph.inputs)).toEqual(['input']);
      expect(inferShapes(graph).get('logits')).toEqual([10]);
    }
  });

  test('a multilayer perceptron', () => {
    const graph = buildNetwork({
      builder: 'multilayerPerceptron',
      ...digits,
      units: [64, 32],
      activation: 'tanh',
      batchNormalization: true,
      dropout: 0.1,
    });
    expect(graph.nodes.map(({ op }) => op)).toEqual([
      'flatten',
      ...['dense', 'batchNormalization', 'activation', 'dropout'],
      ...['dense', 'batchNormalization', 'activation', 'dropout'],
      'dense',
    ]);
    expect(networkCost(graph).parameters).toBe(784 * 64 + 128 + 64 * 32 + 64 + 32 * 10 + 10);
  });

  test('a plain convolutional network', () => {
    const graph = buildNetwork({
      builder: 'plainConvolutional',
      ...digits,
      widths: [32, 64],
      layersPerStage: 2,
      kernel: 5,
      denseUnits: 128,
      dropout: 0.4,
    });
    const shapes = inferShapes(graph);
    expect(shapes.get('stage1/layer2/activation')).toEqual([28, 28, 32]);
    expect(shapes.get('stage2/maxPooling')).toEqual([7, 7, 64]);
    expect(shapes.get('hidden/dense')).toEqual([128]);
    expect(graph.nodes.filter(({ op }) => op === 'dropout')).toHaveLength(2);
  });

  test('a plain convolutional network halves by strides too', () => {
    const graph = buildNetwork({
      builder: 'plainConvolutional',
      ...digits,
      widths: [8, 8, 8],
      reduction: 'stride',
      head: 'globalAveragePooling',
      batchNormalization: false,
    });
    expect(inferShapes(graph).get('stage3/layer1/activation')).toEqual([4, 4, 8]);
    expect(networkCost(graph).parameters).toBe(9 * 8 + 8 + 2 * (9 * 64 + 8) + 90);
  });

  test('a residual network has a convolution around a block only where the shape changes', () => {
    const graph = buildNetwork({
      builder: 'residualConvolutional',
      ...digits,
      widths: [8, 16],
      blocksPerStage: 2,
      dropPath: 0.2,
    });
    const shortcuts = graph.nodes.filter(({ name }) => name.endsWith('shortcut/convolution'));
    expect(shortcuts.map(({ name }) => name)).toEqual(['stage2/block1/shortcut/convolution']);
    const rates = graph.nodes.flatMap((node) => (node.op === 'dropPath' ? [node.attributes.rate] : []));
    expect(rates).toEqual([0.05, 0.1, 0.15000000000000002, 0.2]);
    expect(inferShapes(graph).get('stage2/block2/add')).toEqual([14, 14, 16]);
  });

  test('a mobile network: inverted residual blocks at the chosen resolution', () => {
    const graph = buildNetwork({
      builder: 'mobileNet',
      ...digits,
      stages: [
        { kernel: 3, expansion: 1, depth: 1, width: 0.5 },
        { kernel: 5, expansion: 6, depth: 2, squeezeExcitation: true },
      ],
      baseWidths: [8, 12],
      stemStride: 2,
      resolution: 1.25,
      headFilters: 32,
      averageMomentum: 0.7,
      dropout: 0.2,
    });
    const shapes = inferShapes(graph);
    expect(shapes.get('resize')).toEqual([35, 35, 1]);
    expect(shapes.get('stem/activation')).toEqual([18, 18, 8]);
    expect(shapes.get('stage1/block1/project/batchNormalization')).toEqual([18, 18, 4]);
    expect(shapes.get('stage2/block1/expand/activation')).toEqual([18, 18, 24]);
    expect(shapes.get('stage2/block1/squeezeExcite')).toEqual([9, 9, 24]);
    expect(shapes.get('head/activation')).toEqual([9, 9, 32]);
    // The input is added where a block keeps its shape; without expansion there is no widening convolution.
    expect(graph.nodes.flatMap(({ op, name }) => (op === 'add' ? [name] : []))).toEqual([
      'stage2/block2/add',
    ]);
    expect(graph.nodes.some(({ name }) => name.startsWith('stage1/block1/expand'))).toBe(false);
    const excitations = graph.nodes.flatMap((node) =>
      node.op === 'squeezeExcite' ? [node.attributes.units] : [],
    );
    expect(excitations).toEqual([1, 3]);
    const momenta = graph.nodes.flatMap((node) =>
      node.op === 'batchNormalization' ? [node.attributes.momentum] : [],
    );
    expect(new Set(momenta)).toEqual(new Set([0.7]));
    const plain = {
      builder: 'mobileNet',
      ...digits,
      stages: [{ kernel: 3, expansion: 1, depth: 1 }],
    } as const;
    // Stem 16, one block 16 → 16 of depthwise and pointwise kernels, logits.
    expect(networkCost(buildNetwork(plain)).parameters).toBe(
      9 * 16 + 32 + (9 * 16 + 32) + (16 * 16 + 32) + 170,
    );
    expect(buildNetwork(plain).nodes.some(({ op }) => op === 'resize')).toBe(false);
  });

  test.each<[object | null, string]>([
    [null, 'buildNetwork: expected an object with its parameters instead of null.'],
    [{}, 'buildNetwork: the parameter "builder" is missing: it must be one of "multilayerPerceptron",'],
    [{ builder: 'transformer' }, 'buildNetwork: the parameter "builder" must be one of'],
    [
      { builder: 'multilayerPerceptron', units: [] },
      'multilayerPerceptron: the parameter "inputShape" is missing',
    ],
    [
      { builder: 'multilayerPerceptron', ...digits, units: [0] },
      'multilayerPerceptron: the parameter "units" must be a list of 0 to 64 integers from 1 to 1000000, not [0].',
    ],
    [
      { builder: 'plainConvolutional', ...digits, widths: [4], depth: 3 },
      'plainConvolutional: unknown parameter "depth"; known are builder, inputShape, classes, widths,',
    ],
    [
      { builder: 'plainConvolutional', inputShape: [784], classes: 10, widths: [4] },
      'plainConvolutional: the parameter "inputShape" must be a list of 3 integers',
    ],
    [
      { builder: 'mobileNet', ...digits, stages: [] },
      'mobileNet: the parameter "stages" must be a list of 1 to',
    ],
    [
      { builder: 'mobileNet', ...digits, stages: [{ kernel: 3, expansion: 0, depth: 1 }] },
      'mobileNet stages[0]: the parameter "expansion" must be a number greater than 0, not 0.',
    ],
    [
      { builder: 'residualConvolutional', ...digits, widths: [4], activation: 'step' },
      'residualConvolutional: the parameter "activation" must be one of "relu",',
    ],
  ])('%o is refused', (parameters, message) => {
    const build = () => buildNetwork(JSON.parse(JSON.stringify(parameters)));
    expect(build).toThrow(GraphError);
    expect(build).toThrow(message);
  });
});

describe('darts', () => {
  const parameters = (cells: number) =>
    networkCost(
      buildNetwork({
        builder: 'darts',
        inputShape: [32, 32, 3],
        classes: 10,
        normal: dartsNormal,
        reduction: dartsReduction,
        channels: 36,
        cells,
      }),
    ).parameters;

  test('the published genotype has the published size', () => {
    // 3.3 million parameters with 20 cells of 36 channels; the authors' program counts 3,349,342 without the auxiliary head.
    expect(parameters(20)).toBe(3_349_342);
  });

  test('in the form for searching all normalisations of cells are plain, and pools have one', () => {
    const edge = (operation: string) => [
      [operation, 0],
      [operation, 1],
    ];
    const build = (form: string) =>
      buildNetwork({
        ...{ builder: 'darts', ...digits, channels: 2, cells: 3, form },
        normal: edge('max_pool_3x3'),
        reduction: edge('avg_pool_3x3'),
      });
    const plain = build('search').nodes.flatMap((node) =>
      node.op === 'batchNormalization' && node.name.includes('edge') ? [node.attributes] : [],
    );
    expect(plain).toHaveLength(6);
    expect(plain.every(({ scale, center }) => !scale && !center)).toBe(true);
    expect(build('final').nodes.some(({ name }) => name.includes('edge1/batchNormalization'))).toBe(false);
    expect(() => build('deep')).toThrow(GraphError);
  });

  test('strided dilated edges, and drop-path on all edges but identities', () => {
    const graph = buildNetwork({
      builder: 'darts',
      ...digits,
      normal: [
        ['skip_connect', 0],
        ['avg_pool_3x3', 1],
      ],
      reduction: [
        ['dil_conv_5x5', 0],
        ['sep_conv_5x5', 1],
      ],
      channels: 4,
      cells: 3,
      dropPath: 0.3,
    });
    const shapes = inferShapes(graph);
    expect(shapes.get('cell2/node1')).toEqual([14, 14, 8]);
    expect(shapes.get('cell3/node1')).toEqual([7, 7, 16]);
    const rates = graph.nodes.flatMap((node) =>
      node.op === 'dropPath' ? [[node.name, node.attributes.rate]] : [],
    );
    expect(rates.length).toBe(5);
    expect(rates[0]).toEqual(['cell1/node1/edge2/dropPath', 0.3 / 3]);
  });

  test.each([
    ['an odd number of edges', [['skip_connect', 0]]],
    [
      'a state that comes later',
      [
        ['skip_connect', 0],
        ['skip_connect', 2],
      ],
    ],
    [
      'an operation that is unknown',
      [
        ['skip_connect', 0],
        ['conv', 1],
      ],
    ],
  ])('%s is refused', (_what, normal) => {
    const build = () => buildNetwork({ builder: 'darts', ...digits, normal, reduction: dartsReduction });
    expect(build).toThrow(GraphError);
    expect(build).toThrow(/"normal" must be a list of two pairs/);
  });
});

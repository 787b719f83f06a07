import type { NetworkParameters } from '../../training/index.js';

const images = { inputShape: [16, 16, 3], classes: 4 } as const;

const enasLayers = [
  { operation: 'sep_conv_5x5', skips: [] },
  { operation: 'conv_3x3', skips: [1] },
  { operation: 'avg_pool_3x3', skips: [0, 1] },
  { operation: 'conv_1x1', skips: [1, 0, 1] },
] as const;

const enasCells = {
  normal: [
    { index1: 0, operation1: 'sep_conv_3x3', index2: 1, operation2: 'identity' },
    { index1: 1, operation1: 'max_pool_3x3', index2: 2, operation2: 'sep_conv_5x5' },
  ],
  reduction: [
    { index1: 1, operation1: 'identity', index2: 1, operation2: 'avg_pool_3x3' },
    { index1: 1, operation1: 'sep_conv_3x3', index2: 1, operation2: 'max_pool_3x3' },
  ],
} as const;

/** Small networks of every builder, for images of 16 × 16 × 3 in four classes. */
export const trainedNetworks: Readonly<Record<string, NetworkParameters>> = {
  multilayerPerceptron: {
    ...{ builder: 'multilayerPerceptron', ...images },
    units: [12, 8],
    activation: 'gelu',
    batchNormalization: true,
    dropout: 0.2,
  },
  plainConvolutional: {
    ...{ builder: 'plainConvolutional', ...images },
    widths: [4, 8],
    layersPerStage: 2,
    denseUnits: 10,
    dropout: 0.3,
  },
  'plainConvolutional, strided': {
    ...{ builder: 'plainConvolutional', ...images },
    widths: [4, 6],
    batchNormalization: false,
    reduction: 'stride',
    head: 'globalAveragePooling',
  },
  'plainConvolutional, averaged': {
    ...{ builder: 'plainConvolutional', ...images },
    widths: [4],
    kernel: 5,
    activation: 'silu',
    reduction: 'average',
  },
  residualConvolutional: {
    ...{ builder: 'residualConvolutional', ...images },
    widths: [4, 8],
    blocksPerStage: 2,
    dropPath: 0.2,
    dropout: 0.1,
  },
  nasBench201: {
    ...{ builder: 'nasBench201', ...images },
    cell: ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3', 'nor_conv_3x3'],
    channels: 4,
    cellsPerStage: 1,
  },
  darts: {
    ...{ builder: 'darts', ...images },
    normal: [
      ['sep_conv_3x3', 0],
      ['skip_connect', 1],
      ['dil_conv_3x3', 0],
      ['max_pool_3x3', 2],
      ['sep_conv_5x5', 1],
      ['avg_pool_3x3', 3],
      ['dil_conv_5x5', 2],
      ['skip_connect', 4],
    ],
    reduction: [
      ['max_pool_3x3', 0],
      ['sep_conv_3x3', 1],
      ['skip_connect', 0],
      ['dil_conv_5x5', 2],
      ['avg_pool_3x3', 1],
      ['skip_connect', 2],
      ['sep_conv_5x5', 0],
      ['dil_conv_3x3', 4],
    ],
    channels: 4,
    cells: 3,
    dropPath: 0.2,
  },
  mobileNet: {
    ...{ builder: 'mobileNet', ...images },
    stages: [
      { kernel: 3, expansion: 1, depth: 1, width: 0.5, squeezeExcitation: true },
      { kernel: 5, expansion: 3, depth: 2 },
    ],
    baseWidths: [8, 12],
    headFilters: 16,
    resolution: 0.75,
    activation: 'hardSwish',
    averageMomentum: 0.7,
    dropout: 0.2,
  },
  enasMacro: { builder: 'enasMacro', ...images, layers: enasLayers, channels: 4 },
  'enasMacro, final': { builder: 'enasMacro', ...images, layers: enasLayers, channels: 4, form: 'final' },
  enasMicro: { builder: 'enasMicro', ...images, ...enasCells, channels: 4, layers: 3 },
  'enasMicro, final': {
    ...{ builder: 'enasMicro', ...images, ...enasCells },
    channels: 4,
    layers: 3,
    form: 'final',
    dropPath: 0.3,
  },
};

import {
  activationFunctions,
  augmentationOperationNames,
  buildNetwork,
  builderNames,
  parseAugmentationPolicy,
  parseNetworkGraph,
  readyPolicyNames,
} from '../../training/index.js';
import type {
  AugmentationPolicy,
  BuilderName,
  NetworkGraph,
  NetworkParameters,
  Operation,
} from '../../training/index.js';

/** A training step to try: a network for images of 16 × 16 × 3 in four classes, and what happens to the images. */
export interface ProofCase {
  readonly name: string;
  readonly network: NetworkGraph;
  readonly augmentation: AugmentationPolicy;
  readonly optimizer: 'sgd' | 'adamw';
}

const images = { inputShape: [16, 16, 3], classes: 4 } as const;

type Variant = Readonly<Record<string, unknown>>;

// The attributes with which each operation is tried, between a stem of six channels and a head. A new operation does not
// compile before it has an entry.
const operationVariants: Readonly<Record<Operation, readonly Variant[]>> = {
  convolution: [
    { filters: 6, kernel: 3 },
    { filters: 6, kernel: 3, stride: 2 },
    { filters: 6, kernel: 3, dilation: 2 },
    { filters: 6, kernel: 1, padding: 'valid', bias: true },
  ],
  depthwiseConvolution: [
    { kernel: 3 },
    { kernel: 5 },
    { kernel: 3, stride: 2 },
    { kernel: 3, dilation: 2 },
    { kernel: 3, multiplier: 2 },
  ],
  separableConvolution: [
    { filters: 6, kernel: 3 },
    { filters: 6, kernel: 5, dilation: 2 },
  ],
  maxPooling: [{ kernel: 3 }, { kernel: 2, stride: 2 }],
  averagePooling: [{ kernel: 3 }, { kernel: 2, stride: 2 }],
  factorizedReduction: [{ filters: 6 }],
  resize: [
    { height: 24, width: 24 },
    { height: 7, width: 9 },
  ],
  identity: [{}],
  zero: [{}],
  channels: [{ start: 2, count: 3 }],
  shuffleChannels: [{ groups: 3 }],
  batchNormalization: [{}, { scale: false, center: false }],
  layerNormalization: [{}],
  dropout: [{ rate: 0.3 }],
  dropPath: [{ rate: 0.3 }],
  dense: [{ units: 6 }],
  globalAveragePooling: [{}],
  flatten: [{}],
  activation: activationFunctions.map((name) => ({ function: name })),
  squeezeExcite: [{ units: 2 }, { units: 2, activation: 'silu', gate: 'hardSigmoid' }],
  add: [{}],
  concatenate: [{}],
};

const darts = {
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
} as const;

const builderCases: { readonly [B in BuilderName]: NetworkParameters } = {
  multilayerPerceptron: { builder: 'multilayerPerceptron', ...images, units: [32, 16], dropout: 0.2 },
  plainConvolutional: { builder: 'plainConvolutional', ...images, widths: [8, 16], dropout: 0.2 },
  residualConvolutional: { builder: 'residualConvolutional', ...images, widths: [8, 16], dropPath: 0.2 },
  nasBench201: {
    ...{ builder: 'nasBench201', ...images, channels: 4, cellsPerStage: 1 },
    cell: ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3', 'nor_conv_3x3'],
  },
  darts: { builder: 'darts', ...images, ...darts, channels: 4, cells: 3, dropPath: 0.2 },
  mobileNet: {
    ...{ builder: 'mobileNet', ...images, baseWidths: [8, 12], headFilters: 16, activation: 'hardSwish' },
    stages: [
      { kernel: 3, expansion: 1, depth: 1, squeezeExcitation: true },
      { kernel: 5, expansion: 3, depth: 2 },
    ],
  },
  enasMacro: {
    ...{ builder: 'enasMacro', ...images, channels: 4 },
    layers: [
      { operation: 'sep_conv_5x5', skips: [] },
      { operation: 'max_pool_3x3', skips: [1] },
      { operation: 'conv_3x3', skips: [1, 0] },
    ],
  },
  enasMicro: {
    ...{ builder: 'enasMicro', ...images, form: 'final', channels: 4, layers: 3, dropPath: 0.2 },
    normal: [{ index1: 0, operation1: 'sep_conv_3x3', index2: 1, operation2: 'identity' }],
    reduction: [{ index1: 1, operation1: 'avg_pool_3x3', index2: 1, operation2: 'identity' }],
  },
};

/** Every operation, builder, augmentation and optimiser that a training step may hold, a case each. */
export function proofCases(): readonly ProofCase[] {
  const plain = { augmentation: [], optimizer: 'sgd' } as const;
  const ofOperations = Object.entries(operationVariants).flatMap(([op, variants]) =>
    variants.map((attributes) => ({
      ...plain,
      name: `operation ${op} ${JSON.stringify(attributes)}`,
      network: networkAround(op as Operation, attributes),
    })),
  );
  const ofBuilders = builderNames.flatMap((name) =>
    (['sgd', 'adamw'] as const).map((optimizer) => ({
      name: `builder ${name} with ${optimizer}`,
      network: buildNetwork(builderCases[name]),
      augmentation: [],
      optimizer,
    })),
  );
  const convolutional = buildNetwork(builderCases.plainConvolutional);
  const augmented = (name: string, policy: unknown): ProofCase => ({
    ...plain,
    name: `augmentation ${name}`,
    network: convolutional,
    augmentation: parseAugmentationPolicy(policy),
  });
  return [
    ...ofOperations,
    ...ofBuilders,
    ...augmentationOperationNames.map((op) => augmented(op, [{ op }])),
    ...readyPolicyNames.map((policy) => augmented(`policy ${policy}`, policy)),
  ];
}

/** The case of the checks that look at more than one step: convolutions, normalisation, dropping and augmentation. */
export const longCase = 'builder residualConvolutional with adamw';

/** A case by its name. */
export function proofCase(name: string): ProofCase {
  const found = proofCases().find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no case ${JSON.stringify(name)}.`);
  return found;
}

// The operation stands where its value has the shape that it needs, and all of it ends in four logits.
function networkAround(op: Operation, attributes: Variant): NetworkGraph {
  const node = (name: string, kind: Operation, inputs: readonly string[], given: Variant): object => ({
    ...{ name, op: kind, inputs, attributes: given },
  });
  const tried = (...inputs: readonly string[]): object => node('tried', op, inputs, attributes);
  const pooled = (from: string): object => node('pooled', 'globalAveragePooling', [from], {});
  const graph = (middle: readonly object[], last: string): NetworkGraph =>
    parseNetworkGraph({
      format: 'duramen-network/1',
      inputs: { input: { shape: images.inputShape } },
      nodes: [
        node('stem', 'convolution', ['input'], { filters: 6, kernel: 3 }),
        node('other', 'activation', ['stem'], { function: 'relu' }),
        ...middle,
        node('logits', 'dense', [last], { units: images.classes }),
      ],
      outputs: ['logits'],
    });
  switch (op) {
    case 'add':
    case 'concatenate':
      return graph([tried('stem', 'other'), pooled('tried')], 'pooled');
    case 'dense':
      return graph([pooled('other'), tried('pooled')], 'tried');
    case 'globalAveragePooling':
    case 'flatten':
      return graph([tried('other')], 'tried');
    case 'zero':
      return graph([tried('other'), node('sum', 'add', ['tried', 'stem'], {}), pooled('sum')], 'pooled');
    default:
      return graph([tried('other'), pooled('tried')], 'pooled');
  }
}

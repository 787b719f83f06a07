import type { NetworkParameters } from 'duramen/training';

const digits = { inputShape: [28, 28, 1], classes: 10 } as const;

/** The best cell of NAS-Bench-201 on CIFAR-10 has five convolutions; so has this one. */
const nasBench201Cell =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|';

/** The cells that second-order DARTS found on CIFAR-10, in the order of the authors' program. */
const dartsCells = {
  normal: [
    ['sep_conv_3x3', 0],
    ['sep_conv_3x3', 1],
    ['sep_conv_3x3', 0],
    ['sep_conv_3x3', 1],
    ['sep_conv_3x3', 1],
    ['skip_connect', 0],
    ['skip_connect', 0],
    ['dil_conv_3x3', 2],
  ],
  reduction: [
    ['max_pool_3x3', 0],
    ['max_pool_3x3', 1],
    ['skip_connect', 2],
    ['max_pool_3x3', 1],
    ['max_pool_3x3', 0],
    ['skip_connect', 2],
    ['skip_connect', 2],
    ['max_pool_3x3', 1],
  ],
} as const;

/** Inverted bottlenecks as the spaces of mobile networks have them: filters of 3 × 3 and 5 × 5, both strides, one with weighed channels. */
const mobileNetStages = [
  { kernel: 3, expansion: 1, depth: 1 },
  { kernel: 5, expansion: 3, depth: 2, squeezeExcitation: true },
  { kernel: 3, expansion: 3, depth: 2 },
] as const;

/** The networks that are trained, by name. */
export const networks = {
  multilayerPerceptron: { builder: 'multilayerPerceptron', ...digits, units: [64, 64, 64] },
  plainConvolutional: { builder: 'plainConvolutional', ...digits, widths: [16, 32, 64] },
  nasBench201: { builder: 'nasBench201', ...digits, cell: nasBench201Cell, channels: 8, cellsPerStage: 1 },
  darts: { builder: 'darts', ...digits, ...dartsCells, channels: 8, cells: 3 },
  mobileNet: { builder: 'mobileNet', ...digits, stages: mobileNetStages },
  residualConvolutional: { builder: 'residualConvolutional', ...digits, widths: [16, 32, 64] },
} as const satisfies Readonly<Record<string, NetworkParameters>>;

export type NetworkName = keyof typeof networks;

export const networkNames = Object.keys(networks) as readonly NetworkName[];

/** The network of the fixed cost with this many cells a stage. */
export function nasBench201With(cellsPerStage: number): NetworkParameters {
  return { ...networks.nasBench201, cellsPerStage };
}

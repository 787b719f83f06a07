import type { AugmentationOperationName } from './augmentation-operations.js';
import type { OperationInput, OperationsInput } from './operation-input.js';

type Choice = readonly [op: AugmentationOperationName, probability: number, level?: number];

/** The 25 sub-policies that AutoAugment found for CIFAR-10: arXiv 1805.09501, table 7. Levels are 0 to 9. */
const autoAugmentCifar10: readonly (readonly [Choice, Choice])[] = [
  [
    ['invert', 0.1],
    ['contrast', 0.2, 6],
  ],
  [
    ['rotate', 0.7, 2],
    ['translateX', 0.3, 9],
  ],
  [
    ['sharpness', 0.8, 1],
    ['sharpness', 0.9, 3],
  ],
  [
    ['shearY', 0.5, 8],
    ['translateY', 0.7, 9],
  ],
  [
    ['autoContrast', 0.5],
    ['equalize', 0.9],
  ],
  [
    ['shearY', 0.2, 7],
    ['posterize', 0.3, 7],
  ],
  [
    ['color', 0.4, 3],
    ['brightness', 0.6, 7],
  ],
  [
    ['sharpness', 0.3, 9],
    ['brightness', 0.7, 9],
  ],
  [
    ['equalize', 0.6],
    ['equalize', 0.5],
  ],
  [
    ['contrast', 0.6, 7],
    ['sharpness', 0.6, 5],
  ],
  [
    ['color', 0.7, 7],
    ['translateX', 0.5, 8],
  ],
  [
    ['equalize', 0.3],
    ['autoContrast', 0.4],
  ],
  [
    ['translateY', 0.4, 3],
    ['sharpness', 0.2, 6],
  ],
  [
    ['brightness', 0.9, 6],
    ['color', 0.2, 8],
  ],
  [
    ['solarize', 0.5, 2],
    ['invert', 0],
  ],
  [
    ['equalize', 0.2],
    ['autoContrast', 0.6],
  ],
  [
    ['equalize', 0.2],
    ['equalize', 0.6],
  ],
  [
    ['color', 0.9, 9],
    ['equalize', 0.6],
  ],
  [
    ['autoContrast', 0.8],
    ['solarize', 0.2, 8],
  ],
  [
    ['brightness', 0.1, 3],
    ['color', 0.7, 0],
  ],
  [
    ['solarize', 0.4, 5],
    ['autoContrast', 0.9],
  ],
  [
    ['translateY', 0.9, 9],
    ['translateY', 0.7, 9],
  ],
  [
    ['autoContrast', 0.9],
    ['solarize', 0.8, 3],
  ],
  [
    ['equalize', 0.8],
    ['invert', 0.1],
  ],
  [
    ['translateY', 0.7, 9],
    ['autoContrast', 0.9],
  ],
];

/** Operations with 31 strengths and, where they have a direction, both: arXiv 2103.10158, the wide ranges. */
const trivialAugment: readonly OperationInput[] = [
  { op: 'identity' },
  { op: 'shearX', magnitude: [0, 0.99], steps: 31 },
  { op: 'shearY', magnitude: [0, 0.99], steps: 31 },
  { op: 'translateX', magnitude: [0, 32], steps: 31, unit: 'pixels' },
  { op: 'translateY', magnitude: [0, 32], steps: 31, unit: 'pixels' },
  { op: 'rotate', magnitude: [0, 135], steps: 31 },
  { op: 'brightness', magnitude: [1, 1.99], steps: 31, randomSign: true },
  { op: 'color', magnitude: [1, 1.99], steps: 31, randomSign: true },
  { op: 'contrast', magnitude: [1, 1.99], steps: 31, randomSign: true },
  { op: 'sharpness', magnitude: [1, 1.99], steps: 31, randomSign: true },
  { op: 'posterize', magnitude: [8, 2], steps: 31 },
  { op: 'solarize', magnitude: [256, 0], steps: 31 },
  { op: 'autoContrast' },
  { op: 'equalize' },
];

const cropAndFlip: readonly OperationsInput[] = [
  { op: 'randomCrop', magnitude: 4, unit: 'pixels' },
  { op: 'horizontalFlip', probability: 0.5 },
];

/** Policies that are known by name; docs/augmentation.md says what they are. */
export const readyPolicies = {
  cropAndFlip,
  cropFlipAndCutout: [...cropAndFlip, { op: 'cutout', magnitude: 16, unit: 'pixels' }],
  autoAugmentCifar10: [{ oneOf: autoAugmentCifar10.map((pair) => pair.map(operationOf)) }],
  trivialAugment: [{ oneOf: trivialAugment }],
} as const satisfies Readonly<Record<string, readonly OperationsInput[]>>;

export type ReadyPolicyName = keyof typeof readyPolicies;

/** Names of the ready policies. */
export const readyPolicyNames = Object.keys(readyPolicies) as readonly ReadyPolicyName[];

function operationOf([op, probability, level]: Choice): OperationInput {
  return level === undefined ? { op, probability } : { op, probability, level: level / 9 };
}

import { bool, derived, object, oneOf } from '../language/builders.js';
import { tagged } from '../language/tagged.js';
import { trivialAugment } from './augmentation.js';
import { mobileNet } from './mobile-net.js';

// Parts of a joint space whose points are parameters of `trainClassifier`. Every decision has the tag of its agent.

/** The operations of AutoAugment by the names that `trainClassifier` has for them; it has no SamplePairing. */
const operations = [
  ...([
    'shearX',
    'shearY',
    'translateX',
    'translateY',
    'rotate',
    'autoContrast',
    'invert',
    'equalize',
  ] as const),
  ...(['solarize', 'posterize', 'contrast', 'color', 'brightness', 'sharpness', 'cutout'] as const),
] as const;

const levels = [0, 1 / 9, 2 / 9, 3 / 9, 4 / 9, 5 / 9, 6 / 9, 7 / 9, 8 / 9, 1] as const;

const operationOfSubPolicy = object({
  op: oneOf(operations),
  probability: oneOf([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]),
  level: oneOf(levels),
});

/** A part of a pipeline that is a policy of sub-policies, as AutoAugment has them. */
export interface AutoAugmentHeads {
  readonly [key: string]: AutoAugmentHeads['augmentation'];
  readonly augmentation: {
    readonly oneOf: readonly (readonly [typeof operationOfSubPolicy, typeof operationOfSubPolicy])[];
  };
}

/**
 * The agent AUG with sub-policies of two operations, one of which is drawn for each image (AutoAugment, Cubuk et al.,
 * CVPR 2019): `augmentation` for `trainClassifier`; 1,650^(2S) points.
 */
export function autoAugmentHeads(subPolicies = 5): AutoAugmentHeads {
  const pairs = Array.from(
    { length: subPolicies },
    () => [operationOfSubPolicy, operationOfSubPolicy] as const,
  );
  return tagged(object({ augmentation: { oneOf: pairs } }), 'AUG');
}

/**
 * The agent AUG with groups of operations of which one is drawn for each image: `trivialAugment` as the `augmentation`
 * of `trainClassifier`; 19,200 points.
 */
export const trivialAugmentHeads = object({ augmentation: tagged(trivialAugment, 'AUG') });

/**
 * The agent NAS over four stages of inverted residual blocks: `mobileNet` as the `network` of `trainClassifier`, for
 * images of 32 pixels and more; 408,146,688 points.
 */
export const mobileNetHeads = object({
  network: { builder: 'mobileNet', ...tagged(mobileNet, 'NAS') },
});

const smallStage = tagged(
  object({
    kernel: oneOf([3, 5]),
    expansion: oneOf([1, 3]),
    depth: oneOf([1, 2]),
    width: oneOf([0.5, 0.75, 1]),
    squeezeExcitation: bool(),
  }),
  'NAS',
);

/**
 * The agent NAS for images like those of MNIST and short trainings: two stages of inverted residual blocks with base
 * widths of 8 and 16 channels at a half and a quarter of the side, and the resolution of the images; 6,912 points.
 */
export const smallMobileNetHeads = object({
  network: {
    builder: 'mobileNet',
    baseWidths: [8, 16],
    stemStride: 2,
    // Running averages of a higher momentum would still remember the beginning of a training of few steps.
    averageMomentum: 0.7,
    stages: [smallStage, smallStage],
    resolution: oneOf([0.75, 1, 1.25], { tags: ['NAS'] }),
  },
});

/**
 * The agent HPO: hyper-parameters of `trainClassifier`. The learning rate is decided in the unit of Adam, SGD takes ten
 * times as much; 2,880 points.
 */
export const trainingHeads = object({
  ...tagged(
    object({
      adamLearningRate: oneOf([1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2]),
      weightDecay: oneOf([0, 1e-5, 1e-4, 5e-4, 1e-3]),
      batchSize: oneOf([32, 64, 128, 256]),
      optimizer: oneOf(['sgd', 'adam']),
      schedule: oneOf(['cosine', 'constant']),
      dropout: oneOf([0, 0.2, 0.4]),
      labelSmoothing: oneOf([0, 0.1]),
    }),
    'HPO',
  ),
  learningRate: derived<number>([
    '*',
    ['path', 'adamLearningRate'],
    ['if', ['==', ['path', 'optimizer'], 'sgd'], 10, 1],
  ]),
});

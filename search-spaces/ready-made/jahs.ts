import { bool, float, object, oneOf } from '../language/builders.js';

const operation = oneOf([0, 1, 2, 3, 4]);

/**
 * The joint space of JAHS-Bench-201 (Bansal et al., 2022): a NAS-Bench-201 cell (operations 0 to 4: skip connection,
 * zero, 3×3 and 1×1 convolution, 3×3 average pooling), cells a stage, width, image resolution and activation, training
 * and augmentation.
 */
export const jahsSpace = object({
  Op: [operation, operation, operation, operation, operation, operation],
  N: oneOf([1, 3, 5]),
  W: oneOf([4, 8, 16]),
  Resolution: oneOf([0.25, 0.5, 1]),
  Activation: oneOf(['ReLU', 'Hardswish', 'Mish']),
  LearningRate: float(1e-3, 1, { scale: 'log' }),
  WeightDecay: float(1e-5, 1e-2, { scale: 'log' }),
  TrivialAugment: bool(),
});

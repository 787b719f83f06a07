import { bool, object, oneOf } from '../language/builders.js';

const stage = object({
  kernel: oneOf([3, 5]),
  expansion: oneOf([1, 3, 6]),
  depth: oneOf([1, 2, 3]),
  width: oneOf([0.5, 0.75, 1]),
  squeezeExcitation: bool(),
});

/**
 * Networks of four stages of inverted bottlenecks, with choices like those of FBNetV3 (Dai et al., CVPR 2021): kernel,
 * expansion, blocks, width as a part of 16, 24, 48 and 96 channels, squeeze and excitation; and the resolution of the
 * images; 408,146,688 points.
 */
export const mobileNet = object({
  stages: [stage, stage, stage, stage],
  resolution: oneOf([0.75, 1, 1.25]),
});

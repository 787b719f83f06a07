import { object, oneOf } from '../language/builders.js';

/** The grid of HPOBench's neural networks, in the order of the digits of its keys. */
export const hpoBenchChoices = {
  alpha: [
    1e-8, 7.742637e-8, 5.994842e-7, 4.641589e-6, 3.5938137e-5, 0.00027825593, 0.0021544348, 0.016681006,
    0.12915497, 1,
  ],
  batch_size: [4, 6, 10, 16, 25, 40, 64, 101, 161, 256],
  depth: [1, 2, 3],
  learning_rate_init: [
    1e-5, 3.5938137e-5, 0.00012915497, 0.0004641589, 0.0016681006, 0.0059948424, 0.021544347, 0.07742637,
    0.27825594, 1,
  ],
  width: [16, 25, 40, 64, 101, 161, 256, 406, 645, 1024],
} as const;

/** Depth and width of the networks of HPOBench alone; 30 points. */
export const hpoBenchArchitecture = object({
  depth: oneOf(hpoBenchChoices.depth),
  width: oneOf(hpoBenchChoices.width),
});

/** Training of the networks of HPOBench alone; 1,000 points. */
export const hpoBenchTraining = object({
  alpha: oneOf(hpoBenchChoices.alpha),
  batch_size: oneOf(hpoBenchChoices.batch_size),
  learning_rate_init: oneOf(hpoBenchChoices.learning_rate_init),
});

/** The joint space of HPOBench's neural networks (Eggensperger et al., 2021): 30,000 points. */
export const hpoBench = object({ ...hpoBenchArchitecture, ...hpoBenchTraining });

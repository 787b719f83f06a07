import { oneOf, space } from '../language/builders.js';

const channels = oneOf([8, 16, 24, 32, 40, 48, 56, 64]);

/** The size space of NATS-Bench (Dong et al., TPAMI 2021): channels of five layers; 32,768 points. */
export const natsSizeSpace = space([channels, channels, channels, channels, channels]);

export type { Genome } from './genome.js';
export type { View } from './view.js';

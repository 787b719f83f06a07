export type { Genome } from './genome.js';
export { longestGenome } from './longest-genome.js';
export type { View } from './view.js';
export { fromUnit, toUnit } from './unit-scale.js';
export type { FloatNode, IntNode, ViewNode } from './view.js';
export type { Where } from './where.js';
export { placeSelector } from './where.js';

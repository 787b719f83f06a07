export { constant, oneOf, space } from './builders.js';
export { elementId, idSegments, listId } from './decision-id.js';
export type { Space } from './space.js';
export { OptionNames } from './option-names.js';
export { parseSpace } from './parse-space.js';
export type { Sampled } from './sampled.js';
export type { Scalar } from './space.js';

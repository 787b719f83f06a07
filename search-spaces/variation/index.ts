export { crossover } from './crossover.js';
export { mutate } from './mutate.js';
export type { MutationOperator } from './mutate.js';
export { neighbours } from './neighbours.js';
export { sample } from './sample.js';

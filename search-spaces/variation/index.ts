export { crossover } from './crossover.js';
export { mutate } from './mutate.js';
export type { MutationOperator } from './mutate.js';
export { sample } from './sample.js';

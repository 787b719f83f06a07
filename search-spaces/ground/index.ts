export { deepEqual } from './json-equality.js';
export { SpaceError } from './space-error.js';
export type { SpaceProblem } from './space-error.js';
export { valueOrThrow } from './space-error.js';

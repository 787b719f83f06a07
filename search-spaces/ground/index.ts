export { deepEqual } from './json-equality.js';
export { SpaceError } from './space-error.js';

/** What the workflow bundle of the search worker holds: every exported function is a workflow type. */
export { buildLibrary } from './build-library.js';
export { search } from './search.js';

export * from './messages.js';
export { activity, command, level, search, surrogate, table, workflow } from './search-call.js';
export type { SearchCallOptions } from './search-call.js';

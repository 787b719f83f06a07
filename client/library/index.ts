export { Library } from './library.js';
export type { BrokenRecord } from './library.js';
export { snapshotsForSearch } from './library-snapshots.js';

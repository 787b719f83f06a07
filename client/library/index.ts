export { Library } from './library.js';
export type { BrokenRecord } from './library.js';
export { startLibraryBuild } from './library-build.js';
export type { LibraryBuild, LibraryBuildOptions, LibrarySearch } from './library-build.js';
export { similarityOfSearch } from './search-similarity.js';
export { snapshotsForSearch } from './library-snapshots.js';

export { normalizedMaxima, signOfScale } from './normalizations.js';
export type { AverageUpdate, NetworkMode, WrittenNode } from './operation-writer.js';
export { extentOf } from './operation-writer.js';
export { operationWriters } from './operation-writers.js';
export { droppedAtFedRate } from './dropping.js';

export { elementId, idSegments } from './decision-id.js';
export type { Space } from './space.js';

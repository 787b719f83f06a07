export { elementId, idSegments, listId } from './decision-id.js';
export type { Space } from './space.js';

export { canonicalJson, isPlainJson, isPlainObject } from './canonical-json.js';
export type { Json } from './canonical-json.js';
export { isWellFormedText } from './text-encoding.js';
export { utf8Bytes } from './text-encoding.js';

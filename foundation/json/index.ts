export { canonicalJson, isPlainJson, isPlainObject } from './canonical-json.js';
export type { Json } from './canonical-json.js';
export { isWellFormedText } from './text-encoding.js';
export { utf8Bytes } from './text-encoding.js';
export { isIntegerFrom, ownField, unknownField } from './json-fields.js';
export { cutText, showValue } from './show.js';
export type { ShowWords } from './show.js';

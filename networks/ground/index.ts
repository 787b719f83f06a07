export { FieldReader, show } from './field-reader.js';
export { GraphError, nodePlace, shapeText } from './graph-error.js';
export { elementCount } from './shape.js';
export type { ImageShape, Shape } from './shape.js';

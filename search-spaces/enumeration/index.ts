export { first, next, nextWithFixedFloats } from './sweep-order.js';

export { first } from './sweep-order.js';
export { next } from './sweep-order.js';

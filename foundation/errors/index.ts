export { asError, errorText } from './error-text.js';
export { unreachable } from './unreachable.js';

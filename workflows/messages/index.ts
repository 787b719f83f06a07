export * from './library-messages.js';
export * from './messages.js';
export { searchAttributeKeys } from './search-attributes.js';
export { searchInstructions } from './search-instructions.js';

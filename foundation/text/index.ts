export { printableJson, printableText } from './printable-text.js';

export { decode } from './decode.js';

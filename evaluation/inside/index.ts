export { SearchModules, evaluateFunction } from './search-modules.js';

export type {
  EvaluateInput,
  EvaluateResult,
  LightEvaluateInput,
  MeasureInput,
  SearchAddress,
} from './evaluation.js';
export { loadAddress, storeAddress } from './search-address.js';
export { SearchPlaces } from './search-places.js';
export type { SearchPlace } from './search-places.js';

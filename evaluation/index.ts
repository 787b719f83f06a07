export type {
  EvaluateInput,
  EvaluateResult,
  LightEvaluateInput,
  MeasureInput,
  SearchSetting,
} from './evaluation.js';
export { repeatedlyLost } from './evaluation.js';
export { loadSetting, storeSetting } from './search-setting.js';
export { notVouchedFor } from './vouching.js';
export { keyOfTrial } from './trial-key.js';
export { LoadedSettings } from './loaded-settings.js';
export type { LoadedSetting } from './loaded-settings.js';

export { decidingMetrics } from './deciding-metrics.js';
export { checkDefinition } from './definition-check.js';
export { beyondEvaluators, compareBudgets, differences } from './definition-comparison.js';
export { DefinitionError } from './definition-error.js';
export { travelsInline } from './definition-reference.js';
export type { DefinedSearch, DefinitionReference } from './definition-reference.js';
export type {
  Budget,
  Evaluator,
  LevelDefinition,
  SearchContext,
  SearchDefinition,
  Timeout,
  TrialEvaluator,
  WeightsEvaluator,
} from './definition.js';
export { durationMilliseconds } from './duration.js';
export { settingBytes } from './search-setting.js';
export type { SearchSetting } from './search-setting.js';
export type { TableDescription, TableKey, TableSource, TableValue } from './table-description.js';

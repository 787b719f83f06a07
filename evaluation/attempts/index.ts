export { outage } from './attempt-conclusion.js';
export { EvaluationRun } from './evaluation-run.js';
export type { EvaluationServices } from './evaluation-services.js';

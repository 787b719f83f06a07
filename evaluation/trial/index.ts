export { LightTrial } from './light-trial.js';
export { TrialLog } from './trial-log.js';
export { failure, measuredMetrics, outcomeOfError, outcomeOfValue } from './trial-outcome.js';
export { storeTrialRecord } from './trial-record.js';
export { TrialReports } from './trial-reports.js';

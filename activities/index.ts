export { createEvaluationActivities } from './evaluation-activities.js';
export type { EvaluationActivities } from './evaluation-activities.js';
export { createJournalActivities } from './journal.js';
export type { JournalActivities, OpenedSearch } from './journal.js';
export { createLibraryActivities } from './library.js';
export type { AddedRecord, LibraryActivities } from './library.js';
export { createRetrainingActivities } from './retraining.js';
export type { EndedSearch, RetrainingActivities } from './retraining.js';
export type { EvaluateResult, LightEvaluateInput } from '../evaluation/index.js';

export { finishedRecord } from './finished-record.js';
export type { FinishedSearch } from './finished-record.js';
export { progressOf, summarise } from './journal-summary.js';
export type { JournalSummary, JournalTrial } from './journal-summary.js';

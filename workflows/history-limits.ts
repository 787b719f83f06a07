import type { WorkflowInfo } from '@temporalio/workflow';

/** How long the history of a run has become: the numbers of `workflowInfo()`. */
export type HistoryLength = Pick<WorkflowInfo, 'historyLength' | 'historySize' | 'continueAsNewSuggested'>;

/** From here on the search continues as new when nothing is in flight. */
const continueEvents = 1_000;
const continueBytes = 1_000_000;

/**
 * From here on a search starts nothing until nothing is in flight. A replay of 2,500 events takes about a second, well
 * inside a workflow task's 5 s even on a busy machine; a replay of 8,000 would not be.
 */
const drainEvents = 2_500;
const drainBytes = 8_000_000;

/** A paused search with a shorter history than this gains nothing by continuing as new. */
const pausedEvents = 50;

/** Whether the search should start nothing more, so that it can continue as new once nothing is in flight. */
export function isDraining({ historyLength, historySize, continueAsNewSuggested }: HistoryLength): boolean {
  return historyLength >= drainEvents || historySize >= drainBytes || continueAsNewSuggested;
}

/** Whether a search with nothing in flight should continue as new. */
export function shouldContinueAsNew(history: HistoryLength, paused: boolean): boolean {
  const { historyLength, historySize, continueAsNewSuggested } = history;
  if (historyLength >= continueEvents || historySize >= continueBytes || continueAsNewSuggested) return true;
  return paused && historyLength >= pausedEvents;
}

import {
  ActivityFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  patched,
  sleep,
  startChild,
  TimeoutFailure,
  type ChildWorkflowHandle,
  type Workflow,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { SearchResult } from '../searches/index.js';
import {
  parentPausedSignal,
  SEARCH_QUEUE,
  SEARCH_WORKFLOW,
  workflowTaskTimeout,
  type SearchInput,
} from './messages/messages.js';
import { searchInstructions } from './messages/search-instructions.js';

/** Losses of one evaluation by a foreign worker, or of a search inside another, before a person should look. */
export const lossLimit = 5;

/** Seconds to wait for an earlier search of the same id to close, for example after a reset. */
const closingAttempts = 120;

/** A search that runs inside another one. */
export interface ChildSearch {
  readonly id: string;
  readonly input: SearchInput;
  /** One line for the timeline of the Temporal UI. */
  readonly summary: string;
  /** Whether the search around it is paused now. */
  readonly paused: () => boolean;
  /** Gets the handle once the search runs, so that the caller can send it messages. */
  readonly onStarted: (handle: ChildWorkflowHandle<Workflow>) => void;
}

/** Runs a search as a child workflow and waits for its result. */
export async function runChildSearch(child: ChildSearch): Promise<SearchResult> {
  const { id, input, summary, paused, onStarted } = child;
  for (let attempt = 1, losses = 1; ;) {
    try {
      const handle = await startChild(SEARCH_WORKFLOW, {
        args: [input],
        workflowId: id,
        taskQueue: SEARCH_QUEUE,
        workflowTaskTimeout,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        staticSummary: summary,
        staticDetails: searchInstructions(id, false),
      });
      onStarted(handle);
      // The search may have been paused or resumed while the inner one was being started.
      if (paused() !== input.parentPaused) await handle.signal(parentPausedSignal, paused());
      // Only the workflow `search` has this type name, and this is what it returns.
      return (await cancelledByItsId(id, handle.result(), 'cancel-inner-searches-by-id')) as SearchResult;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError && attempt < closingAttempts) {
        attempt += 1;
        await sleep(1_000);
      } else if (wasLost(error) && losses < lossLimit) {
        losses += 1;
      } else {
        throw error;
      }
    }
  }
}

/**
 * The result of a child workflow, which a cancellation reaches in every run. The SDK cancels only the run that it has
 * started, which is over once the child has continued as new, so this function cancels the child by its id, too: in
 * histories that began with this patch.
 */
export async function cancelledByItsId<Result>(
  id: string,
  result: Promise<Result>,
  patch: 'cancel-inner-searches-by-id' | 'cancel-evaluators-by-id',
): Promise<Result> {
  let ended = false;
  CancellationScope.current().cancelRequested.catch(() => {
    if (ended || !patched(patch)) return;
    // It may just have ended; then there is nothing to cancel.
    CancellationScope.nonCancellable(() => getExternalWorkflowHandle(id).cancel()).catch(() => undefined);
  });
  try {
    return await result;
  } finally {
    ended = true;
  }
}

/** Whether an evaluation ended with its worker, or its workflow was terminated, rather than by itself. */
export function wasLost(error: unknown): boolean {
  const cause =
    error instanceof ActivityFailure || error instanceof ChildWorkflowFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure || cause?.name === 'TerminatedFailure';
}

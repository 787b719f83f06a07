import { ActivityCancellationType, proxyActivities, type ActivityInterfaceFor } from '@temporalio/workflow';
import type { EvaluationActivities, JournalActivities, RetrainingActivities } from '../activities/index.js';
import type { LevelDefinition } from '../searches/index.js';
import { CPU_QUEUE, GPU_QUEUE, SEARCH_QUEUE } from './messages/messages.js';

const hour = 3_600_000;

/** Milliseconds after which the server gives a dead worker's light activity to another one. */
const lightHeartbeat = 3_000;

/**
 * Milliseconds after which the server starts a dead worker's evaluation again. A worker that was only slow loses
 * nothing: the next attempt attaches to its evaluation or supersedes it.
 */
const evaluationHeartbeat = 4_000;

/** Milliseconds; long, because rebuilding a search or computing an update may block a worker for seconds. */
const journalHeartbeat = 10_000;

/** How activities that keep what was decided, and take as long as they take, are called. */
export const journalOptions = {
  taskQueue: SEARCH_QUEUE,
  startToCloseTimeout: hour,
  heartbeatTimeout: journalHeartbeat,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: 200, maximumInterval: 10_000 },
} as const;

/**
 * Attempts of one light evaluation before the search pauses. A worker that stands still for a minute, as one of a machine
 * that sleeps, still has polls open, and loses an attempt to each after the heartbeat timeout: no trial is to blame.
 */
const lightAttempts = 30;

/** Proxies of the activities that a search calls, with the options that its level needs. */
export interface ActivityCalls {
  readonly journal: ActivityInterfaceFor<JournalActivities>;
  /** As `journal`, for calls of milliseconds: the server repeats them sooner when their worker died. */
  readonly quickJournal: ActivityInterfaceFor<JournalActivities>;
  readonly light: ActivityInterfaceFor<Pick<EvaluationActivities, 'evaluateLight' | 'measure'>>;
  readonly evaluation: ActivityInterfaceFor<Pick<EvaluationActivities, 'evaluate'>>;
}

/** Proxies of the activities of the full retraining at the end of a search. */
export function retrainingCalls(): ActivityInterfaceFor<RetrainingActivities> {
  return proxyActivities<RetrainingActivities>(journalOptions);
}

/** The task queue of evaluations in processes. */
export function evaluationQueue(level: LevelDefinition): string {
  return level.resources.queue ?? (level.resources.gpu > 0 ? GPU_QUEUE : CPU_QUEUE);
}

/** Proxies of the activities that keep what a search has decided. */
export function journalCalls(heartbeatTimeout = journalHeartbeat): ActivityInterfaceFor<JournalActivities> {
  return proxyActivities<JournalActivities>({ ...journalOptions, heartbeatTimeout });
}

/** Makes the proxies. */
export function activityCalls(level: LevelDefinition): ActivityCalls {
  return {
    journal: journalCalls(),
    quickJournal: journalCalls(lightHeartbeat),
    light: proxyActivities<Pick<EvaluationActivities, 'evaluateLight' | 'measure'>>({
      taskQueue: SEARCH_QUEUE,
      // An upper bound: the activity itself keeps the definition's timeouts.
      startToCloseTimeout: hour,
      heartbeatTimeout: lightHeartbeat,
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      retry: { initialInterval: 50, maximumInterval: 1_000, maximumAttempts: lightAttempts },
    }),
    evaluation: proxyActivities<Pick<EvaluationActivities, 'evaluate'>>({
      taskQueue: evaluationQueue(level),
      // The worker ends the evaluating process by the definition's timeouts; the server only notices lost workers.
      startToCloseTimeout: 24 * 365 * hour,
      heartbeatTimeout: evaluationHeartbeat,
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 10_000 },
    }),
  };
}

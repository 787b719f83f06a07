import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  patched,
  proxyActivities,
  sleep,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { LevelDefinition } from '../searches/index.js';

/** An activity of any worker that evaluates or measures. */
export interface RemoteActivity {
  readonly name: string;
  readonly taskQueue: string;
  /** Milliseconds without a heartbeat after which it is lost; undefined: it does not heartbeat. */
  readonly heartbeatTimeout: number | undefined;
  readonly timeout: LevelDefinition['timeout'];
  /** One line for the timeline of the Temporal UI. */
  readonly summary: string;
}

const day = 86_400_000;
/** Milliseconds that a cancelled activity has to end by itself, as evaluating processes have. */
const graceTime = 10_000;

/**
 * Calls an activity of any worker. When it is cancelled this waits for its end, but no longer than the grace time: an
 * activity that does not heartbeat never learns that it was cancelled.
 */
export async function callRemoteActivity(activity: RemoteActivity, argument: object): Promise<unknown> {
  const { name, taskQueue, heartbeatTimeout, timeout, summary } = activity;
  const activities = proxyActivities<Record<string, (argument: object) => Promise<unknown>>>({
    taskQueue,
    startToCloseTimeout: timeout.attempt ?? day,
    ...(heartbeatTimeout === undefined ? {} : { heartbeatTimeout }),
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    // A failure is an outcome: the search, not the server, decides on retries.
    retry: { maximumAttempts: 1 },
    summary,
  });
  const call = activities[name];
  if (call === undefined)
    throw ApplicationFailure.nonRetryable(`There is no activity "${name}".`, 'BadInput');
  return endedInTime(call(argument));
}

/** Whether an activity took longer than the definition lets an attempt take: an outcome, while other timeouts are losses. */
export function tookTooLong(error: unknown, { timeout }: Pick<LevelDefinition, 'timeout'>): boolean {
  if (timeout.attempt === undefined || !(error instanceof ActivityFailure)) return false;
  const isOver = error.cause instanceof TimeoutFailure && error.cause.timeoutType === 'START_TO_CLOSE';
  // Former builds took it for a loss, and called the activity again.
  return isOver && patched('activity-timeouts-are-outcomes');
}

/** The result, or the cancellation once the grace time after it is over. */
async function endedInTime<Result>(result: Promise<Result>): Promise<Result> {
  let timer: CancellationScope | undefined;
  let ended = false;
  const overdue = CancellationScope.current().cancelRequested.catch(async (error: unknown) => {
    if (ended || !patched('cancelled-activities-end')) return new Promise<never>(() => undefined);
    await CancellationScope.nonCancellable(() => {
      timer = new CancellationScope();
      return timer.run(() => sleep(graceTime));
    });
    throw error;
  });
  try {
    return await Promise.race([result, overdue]);
  } finally {
    ended = true;
    timer?.cancel();
  }
}

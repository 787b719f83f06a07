import { proxyActivities } from '@temporalio/workflow';

/** What a worker of somebody else may do: have any activity of any task queue called with any argument. */
export async function forged(activity: string, taskQueue: string, argument: object): Promise<unknown> {
  const activities = proxyActivities<Record<string, (argument: object) => Promise<unknown>>>({
    taskQueue,
    startToCloseTimeout: '20s',
    retry: { maximumAttempts: 1 },
  });
  return activities[activity]?.(argument);
}

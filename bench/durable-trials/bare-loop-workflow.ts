import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';

/** A history of this length is continued as new: the same at which a search stops starting trials. */
const maximumEvents = 2_500;

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '10s' });

/** The plainest durable loop: calls an empty activity `count` times, `concurrency` at a time. */
export async function bareLoop(count: number, concurrency: number): Promise<void> {
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < count && workflowInfo().historyLength < maximumEvents) {
      started += 1;
      await nothing();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  if (started < count) await continueAsNew<typeof bareLoop>(count - started, concurrency);
}

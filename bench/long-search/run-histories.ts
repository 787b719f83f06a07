import type { Client, WorkflowHandle } from '@temporalio/client';

type HistoryEvents = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>;

/** The history of one run; the next run of a search begins where it was continued as new. */
export interface RunHistory {
  readonly events: number;
  /** All payloads, and the JSON around them. */
  readonly bytes: number;
  /** The state that the run was handed by the one before it; 0 for the first. */
  readonly carriedBytes: number;
}

/** The histories of all runs of a search, from the one with this id on. */
export async function runHistories(
  client: Client,
  workflowId: string,
  firstRunId: string,
): Promise<readonly RunHistory[]> {
  const histories: RunHistory[] = [];
  for (let runId: string | null | undefined = firstRunId; runId !== null && runId !== undefined;) {
    const events = await eventsOf(client, workflowId, runId);
    const payloads = events[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
    histories.push({
      events: events.length,
      bytes: bytesOf(events),
      carriedBytes: payloads?.[1]?.data?.length ?? 0,
    });
    runId = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return histories;
}

async function eventsOf(client: Client, workflowId: string, runId: string): Promise<HistoryEvents> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  return events ?? [];
}

function bytesOf(events: readonly object[]): number {
  let bytes = 0;
  const text = JSON.stringify(events, (_key, value: unknown) => {
    if (!(value instanceof Uint8Array)) return value;
    bytes += value.length;
    return undefined;
  });
  return bytes + text.length;
}

import type { Client, WorkflowHandle } from '@temporalio/client';

export type WorkflowHistory = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type HistoryEvents = NonNullable<WorkflowHistory['events']>;

/** The history of one run; the next run of a search begins where it was continued as new. */
export interface RunHistory {
  readonly events: number;
  /** All payloads, and the JSON around them. */
  readonly bytes: number;
  /** The state that the run was handed by the one before it; 0 for the first. */
  readonly carriedBytes: number;
}

/** The sizes of the histories of all runs of a search, from the one with this id on. */
export async function runHistories(
  client: Client,
  workflowId: string,
  firstRunId: string,
): Promise<readonly RunHistory[]> {
  const histories: RunHistory[] = [];
  for await (const { events } of historiesOfRuns(client, workflowId, firstRunId)) {
    const list = events ?? [];
    const payloads = list[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
    histories.push({
      events: list.length,
      bytes: bytesOf(list),
      carriedBytes: payloads?.[1]?.data?.length ?? 0,
    });
  }
  return histories;
}

/** The histories of all runs of a search, from the one with this id on. */
export async function* historiesOfRuns(
  client: Client,
  workflowId: string,
  firstRunId: string,
): AsyncGenerator<WorkflowHistory, void, undefined> {
  for (let runId: string | null | undefined = firstRunId; runId !== null && runId !== undefined;) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    yield history;
    runId = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
}

function bytesOf(events: HistoryEvents): number {
  let bytes = 0;
  const text = JSON.stringify(events, (_key, value: unknown) => {
    if (!(value instanceof Uint8Array)) return value;
    bytes += value.length;
    return undefined;
  });
  return bytes + text.length;
}

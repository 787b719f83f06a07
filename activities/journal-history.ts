import type { Client } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { decodeState } from '../algorithms/index.js';
import { version } from '../foundation/index.js';
import { isPlainObject } from '../foundation/json/index.js';
import type { JournalRecord } from '../searches/index.js';
import { emptyJournal, type JournalWrite } from '../storage/index.js';
import type { AppendJournalInput, OpenedSearch, OpenSearchInput } from './journal.js';

type Events = NonNullable<
  Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>['events']
>;

/**
 * All that the runs of a search have written to its journal, in the order in which they did, as the server's histories
 * tell it: the arguments of the activities that wrote it.
 */
export async function writesOfHistory(
  temporal: Client,
  search: string,
): Promise<readonly JournalWrite<JournalRecord>[]> {
  const runs: { readonly id: string; readonly start: number }[] = [];
  const query = `WorkflowId = '${search.replaceAll("'", "''")}'`;
  for await (const { runId, startTime } of temporal.workflow.list({ query }))
    runs.push({ id: runId, start: startTime.getTime() });
  const writes: JournalWrite<JournalRecord>[] = [];
  for (const { id } of runs.sort((a, b) => a.start - b.start)) {
    const { events } = await temporal.workflow.getHandle(search, id).fetchHistory();
    writes.push(...writesOfEvents(events ?? []));
  }
  return writes;
}

function writesOfEvents(events: Events): readonly JournalWrite<JournalRecord>[] {
  const scheduled = new Map(events.map((event) => [String(event.eventId), event]));
  return events.flatMap((event): readonly JournalWrite<JournalRecord>[] => {
    const completed = event.activityTaskCompletedEventAttributes;
    const call = scheduled.get(String(completed?.scheduledEventId))?.activityTaskScheduledEventAttributes;
    const argument = call?.input?.payloads?.[0];
    const result = completed?.result?.payloads?.[0];
    if (argument === undefined || result === undefined) return [];
    switch (call?.activityType?.name) {
      case 'openSearch':
        return writesOfOpening(argumentOf<OpenSearchInput>(argument), openedOf(result));
      case 'appendJournal': {
        const { epoch, position, records } = argumentOf<AppendJournalInput>(argument);
        const { kind } = argumentOf<{ readonly kind: string }>(result);
        return kind === 'written' && records.length > 0
          ? [{ kind: 'segment', epoch, position, records }]
          : [];
      }
      default:
        return [];
    }
  });
}

/** The claim of the epoch that was opened, and the first record where the opening wrote it. */
function writesOfOpening(
  { search, level, context, token }: OpenSearchInput,
  opened: OpenedSearch | null,
): readonly JournalWrite<JournalRecord>[] {
  if (opened?.kind !== 'opened') return [];
  const { epoch, definition, position } = opened;
  const claim = { kind: 'claim', epoch, token } as const;
  if (position.records !== 1 || epoch !== 1) return [claim];
  const record: JournalRecord = { kind: 'opened', search, definition, level, context, version };
  return [claim, { kind: 'segment', epoch, position: emptyJournal, records: [record] }];
}

/** Only the activities of this room are called with such arguments, and give such results. */
function argumentOf<Value>(payload: Payload): Value {
  return defaultPayloadConverter.fromPayload<Value>(payload);
}

function openedOf(payload: Payload): OpenedSearch | null {
  const value = decodeState(argumentOf<Uint8Array>(payload));
  const text = isPlainObject(value) ? value['opened'] : undefined;
  return typeof text === 'string' ? (JSON.parse(text) as OpenedSearch) : null;
}

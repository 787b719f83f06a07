import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { JournalEvent } from '../reports/desk-messages.js';

const lookMilliseconds = 700;
/** A connection that stays silent for longer is taken for a dead one by some networks. */
const silentLooks = 20;

/** What is followed. */
export interface FollowedSearch {
  /** Number of records so far. */
  readonly records: () => Promise<{ readonly records: number; readonly below: number }>;
  readonly phase: () => Promise<JournalEvent['phase']>;
}

/**
 * Sends an event whenever the journal of a search, or of one inside it, has grown or the search has changed its phase, as
 * server-sent events whose id is the number of records. A reader that comes back with the last id gets what it missed.
 */
export async function followSearch(
  request: IncomingMessage,
  response: ServerResponse,
  closing: AbortSignal,
  search: FollowedSearch,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write('retry: 1000\n\n');
  const ended = AbortSignal.any([closing, onceClosed(request)]);
  let known = Number(request.headers['last-event-id'] ?? -1);
  let seen = '';
  for (let silent = 0; !ended.aborted; silent += 1) {
    const { records, below } = await search.records();
    const phase = await search.phase().catch(() => null);
    const state = `${below} ${String(phase)}`;
    const isNew = records !== known || (seen !== '' && state !== seen);
    seen = state;
    if (isNew) {
      known = records;
      silent = 0;
      const event: JournalEvent = { records, phase };
      response.write(`id: ${records}\ndata: ${JSON.stringify(event)}\n\n`);
    } else if (silent % silentLooks === silentLooks - 1) response.write(': still here\n\n');
    await delay(lookMilliseconds, undefined, { signal: ended }).catch(() => undefined);
  }
  response.end();
}

function onceClosed(request: IncomingMessage): AbortSignal {
  const controller = new AbortController();
  request.on('close', () => controller.abort());
  return controller.signal;
}

import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ClientError } from '../client/errors/index.js';
import type { SearchClient } from '../client/index.js';
import type { SearchProgress } from '../searches/loop/index.js';
import type { ProgressDisplay } from './progress-display.js';

/** What `watchSearch` watches, and what it does between two looks. */
export interface WatchOptions {
  readonly client: SearchClient;
  readonly id: string;
  readonly display: ProgressDisplay;
  readonly signal: AbortSignal;
  /** Whether the search has inner searches to show. */
  readonly nested: boolean;
  /** Called at each look: restarts processes that have died; its error ends watching. */
  readonly tend?: () => Promise<void>;
}

const lookMilliseconds = 1000;
const shownInner = 4;

/** Shows a search until it is closed (true) or the signal says stop (false); waits while the server is down. */
export async function watchSearch(options: WatchOptions): Promise<boolean> {
  const { client, id, display, signal } = options;
  let outage = false;
  let paused = false;
  const aborted = new Promise<'aborted'>((resolve) => {
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
  while (!signal.aborted) {
    // A server that stands still answers nothing, and the signal must not wait for it.
    if ((await Promise.race([options.tend?.(), aborted])) === 'aborted') return false;
    try {
      const look = await Promise.race([untilAborted(client, signal, () => lookAt(options)), aborted]);
      if (look === 'aborted') return false;
      const { progress, inner, closed } = look;
      display.show(progress, inner);
      if (closed) return true;
      if (progress.phase === 'paused' && !paused) {
        const why = progress.message === null ? '' : ` (${progress.message})`;
        display.say(`Search "${id}" is paused${why}: "duramen resume ${id}" goes on.`);
      }
      paused = progress.phase === 'paused';
      if (outage) display.say('The server answers again.');
      outage = false;
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (!outage && error instanceof ClientError && !/worker|still empty/.test(error.message)) {
        display.say(error.message);
        outage = true;
      }
    }
    await delay(lookMilliseconds, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

/** Ends the calls of a look with the signal: one that is left would be repeated on the closed connection. */
async function untilAborted<T>(
  client: SearchClient,
  signal: AbortSignal,
  look: () => Promise<T>,
): Promise<T> {
  // A signal of its own for each look, because every call leaves a listener on its signal.
  const own = new AbortController();
  setMaxListeners(0, own.signal);
  const abort = (): void => own.abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await client.temporal.withAbortSignal(own.signal, look);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

interface Look {
  readonly progress: SearchProgress;
  readonly inner: readonly SearchProgress[];
  readonly closed: boolean;
}

async function lookAt(options: WatchOptions): Promise<Look> {
  const handle = options.client.handle(options.id);
  const closed = (await handle.state())?.kind === 'closed';
  const progress = await handle.progress();
  const hasInner = !closed && (options.nested || progress.retraining !== undefined);
  return { progress, inner: hasInner ? await innerProgress(options, progress) : [], closed };
}

async function innerProgress(
  { client, id }: WatchOptions,
  { running, retraining }: SearchProgress,
): Promise<readonly SearchProgress[]> {
  if (running.length === 0 && retraining === undefined) return [];
  const open = await client.list({ inner: true, open: true, below: id });
  const shown = open
    .map(({ id: inner }) => inner)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .slice(0, shownInner);
  const found = await Promise.all(
    shown.map((inner) =>
      client
        .handle(inner)
        .progress()
        .catch(() => null),
    ),
  );
  return found.filter((progress) => progress !== null);
}

/** A search that has just started may have nothing to tell yet, and a server may be on its way up again. */
function isOutage(error: unknown): boolean {
  return error instanceof ClientError && (error.kind === 'unreachable' || /still empty/.test(error.message));
}

import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { SearchClient, ServerOptions } from '../../client/index.js';
import { ClientError } from '../../client/errors/index.js';
import { errorText } from '../../foundation/errors/index.js';
import { fromDict } from '../../search-spaces/index.js';
import type { SearchPhase } from '../../searches/index.js';
import type { LiveReport } from '../reports/desk-messages.js';

const retryMilliseconds = 5_000;
const listMilliseconds = 2_000;
/** How long what is only shown waits for a server, and how long a message does. */
const patience = { show: 300, send: 10_000 } as const;

/** What a server knows of the searches of a home. */
export interface LiveList {
  readonly readOnly: string | null;
  readonly phases: ReadonlyMap<string, SearchPhase>;
}

const count = z.int().positive();
const request = z.discriminatedUnion('action', [
  z.object({ search: z.string(), action: z.enum(['pause', 'resume', 'cancel']) }),
  z.object({ search: z.string(), action: z.literal('extend'), value: count }),
  z.object({ search: z.string(), action: z.literal('setConcurrency'), value: count }),
  z.object({ search: z.string(), action: z.literal('cancelTrial'), value: z.int().nonnegative() }),
  z.object({
    search: z.string(),
    action: z.literal('enqueue'),
    /** The active decisions by their ids. */
    value: z.record(z.string(), z.number()),
  }),
]);

type Request = z.infer<typeof request>;

/** Passes on to a Temporal server what a reader of the page asks for; without a server there is nothing to change. */
export class DeskSteering {
  private client: SearchClient | null = null;
  private problem = 'A server is being looked for. Until then everything is only shown.';
  private tried = -Infinity;
  private connecting: Promise<void> | null = null;
  private phases: { readonly at: number; readonly known: ReadonlyMap<string, SearchPhase> } = {
    at: -Infinity,
    known: new Map(),
  };

  constructor(
    private readonly options: ServerOptions,
    /** Nothing may be changed, whatever the server allows. */
    private readonly isReadOnly: boolean,
  ) {}

  /** Why nothing can be changed, and the phases of the searches that the server knows. */
  async state(): Promise<LiveList> {
    const client = await this.connected(patience.show);
    if (client === null) return { readOnly: this.reason(), phases: new Map() };
    const now = performance.now();
    if (now - this.phases.at > listMilliseconds) {
      try {
        const listings = await client.list();
        this.phases = { at: now, known: new Map(listings.map(({ id, phase }) => [id, phase])) };
      } catch (error) {
        await this.lose(error);
        return { readOnly: this.reason(), phases: new Map() };
      }
    }
    return { readOnly: this.isReadOnly ? this.reason() : null, phases: this.phases.known };
  }

  /** Where the workflow of a search stands. */
  async live(search: string): Promise<Omit<LiveReport, 'report'>> {
    const client = await this.connected(patience.show);
    const nothing = { readOnly: this.reason(), phase: null, concurrency: null };
    if (client === null) return nothing;
    const allowed = { ...nothing, readOnly: this.isReadOnly ? this.reason() : null };
    try {
      const handle = client.handle(search);
      if ((await handle.state()) === null)
        return { ...nothing, readOnly: `The server knows no search "${search}": it is only shown.` };
      const { phase, concurrency } = await handle.progress();
      return { ...allowed, phase, concurrency };
    } catch (error) {
      if (error instanceof ClientError && error.kind !== 'unreachable') return allowed;
      await this.lose(error);
      return { ...nothing, readOnly: this.reason() };
    }
  }

  /** Carries out a message; answers the sentence to show. Throws `ClientError` where that cannot be done. */
  async steer(message: unknown): Promise<string> {
    if (this.isReadOnly)
      throw new ClientError('input', 'This page is read-only: "duramen ui" was started with --read-only.');
    const parsed = request.safeParse(message);
    if (!parsed.success)
      throw new ClientError(
        'input',
        `The message cannot be read: ${z.prettifyError(parsed.error).split('\n')[0] ?? ''}`,
      );
    const client = await this.connected(patience.send);
    if (client === null) throw new ClientError('unreachable', this.problem);
    this.phases = { ...this.phases, at: -Infinity };
    return carryOut(client, parsed.data);
  }

  async close(): Promise<void> {
    await this.client?.close();
    this.client = null;
  }

  private reason(): string {
    return this.isReadOnly ? 'This page is read-only.' : this.problem;
  }

  /**
   * The client once there is a server, else null. Waits so long for the answer of a server: what is only shown must not
   * wait for one that is away.
   */
  private async connected(milliseconds: number): Promise<SearchClient | null> {
    const now = performance.now();
    if (this.client !== null) return this.client;
    if (this.connecting === null && now - this.tried >= retryMilliseconds) {
      this.tried = now;
      this.connecting = this.connect().finally(() => (this.connecting = null));
    }
    const abandon = new AbortController();
    await Promise.race([
      this.connecting,
      delay(milliseconds, undefined, { signal: abandon.signal }).catch(() => undefined),
    ]);
    abandon.abort();
    return this.client;
  }

  private async connect(): Promise<void> {
    try {
      const { connect } = await import('../../client/index.js');
      this.client = await connect(this.options);
    } catch (error) {
      this.problem = `${errorText(error)} Until then everything is only shown.`;
    }
  }

  private async lose(error: unknown): Promise<void> {
    this.problem = errorText(error);
    await this.close().catch(() => undefined);
  }
}

async function carryOut(client: SearchClient, message: Request): Promise<string> {
  const { search, action } = message;
  const handle = client.handle(search);
  switch (action) {
    case 'pause':
      await handle.pause();
      return 'The search is paused.';
    case 'resume':
      await client.resume(search);
      return 'The search goes on.';
    case 'cancel':
      await handle.cancel();
      return 'The search is being cancelled; it can be resumed.';
    case 'extend':
      await client.extend(search, { trials: message.value });
      return `The budget is ${message.value} trials.`;
    case 'setConcurrency':
      await handle.setConcurrency(message.value);
      return `The search runs ${message.value} trials at the same time.`;
    case 'cancelTrial':
      await handle.cancelTrial(message.value);
      return `Trial ${message.value} is cancelled.`;
    case 'enqueue': {
      const { level } = await handle.journal();
      const genome = fromDict(level.space, message.value);
      if (!genome.ok) throw new ClientError('input', `This is no point of the space: ${genome.error.detail}`);
      const { index } = await handle.enqueue({ genome: genome.value });
      return index === null ? 'The point is the next to be tried.' : `The point is trial ${index}.`;
    }
    default:
      return action satisfies never;
  }
}

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ClientError } from '../../client/errors/index.js';
import { errorText } from '../../foundation/errors/index.js';
import type { DeskSettings } from '../reports/desk-messages.js';
import { deskPage } from '../reports/page-frame.js';
import { pageProgram } from '../reports/page-program.js';
import type { DeskReading } from './desk-reading.js';
import { followSearch } from './event-stream.js';
import type { DeskSteering } from './desk-steering.js';

const host = '127.0.0.1';
const bodyLimit = 1_000_000;

/** A refusal that is answered with its HTTP status. */
class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The live page of a home: serves the page and its data on the loopback, and passes on what a reader asks for. */
export class DeskServer {
  private readonly token = randomBytes(24).toString('base64url');
  private readonly server: Server;
  private readonly closing = new AbortController();
  private page: Promise<string> | null = null;

  constructor(
    private readonly reading: DeskReading,
    private readonly steering: DeskSteering,
  ) {
    this.server = createServer((request, response) => {
      this.answer(request, response).catch((error: unknown) => {
        const { status, message } = refusalOf(error);
        if (response.headersSent) response.end();
        else send(response, status, 'application/json', JSON.stringify({ error: message }));
      });
    });
  }

  /** Listens on a port of the loopback, 0 for a free one; answers the address. Throws `ClientError` when it is taken. */
  async listen(port: number): Promise<string> {
    try {
      this.server.listen({ host, port, exclusive: true });
      await once(this.server, 'listening');
    } catch (error) {
      throw new ClientError(
        'input',
        `The page cannot be served on port ${port}: ${errorText(error)}. Choose another one with --port.`,
        { cause: error },
      );
    }
    return `http://${host}:${this.port}/`;
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.server.close();
    this.server.closeAllConnections();
    await this.steering.close();
  }

  private get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.refuseOtherHosts(request);
    const url = new URL(request.url ?? '/', `http://${host}:${this.port}`);
    if (request.method === 'POST') {
      this.refuseForeign(request);
      if (url.pathname !== '/api/steer') throw new Refusal(404, `There is nothing at ${url.pathname}.`);
      sendJson(response, { message: await this.steering.steer(await bodyOf(request)) });
      return;
    }
    if (request.method !== 'GET') throw new Refusal(405, 'Only GET and POST are answered.');
    const search = url.searchParams.get('search') ?? '';
    switch (url.pathname) {
      case '/api/searches':
        sendJson(response, await this.reading.list(await this.steering.state()));
        return;
      case '/api/report': {
        const live = await this.steering.live(search);
        sendJson(response, {
          report: await this.reading.report(search, url.searchParams.getAll('compare')),
          ...live,
        });
        return;
      }
      case '/api/trial':
        sendJson(response, await this.reading.details(search, Number(url.searchParams.get('index'))));
        return;
      case '/api/verify':
        sendJson(response, await this.reading.verify(search));
        return;
      case '/api/events':
        await followSearch(request, response, this.closing.signal, {
          records: () => this.reading.revision(search),
          phase: async () => (await this.steering.live(search)).phase,
        });
        return;
      default:
        if (url.pathname !== '/' && !url.pathname.startsWith('/search/'))
          throw new Refusal(404, `There is nothing at ${url.pathname}.`);
        this.page ??= this.makePage();
        send(response, 200, 'text/html; charset=utf-8', await this.page);
    }
  }

  private async makePage(): Promise<string> {
    const settings: DeskSettings = { token: this.token };
    return deskPage(settings, await pageProgram());
  }

  /** A foreign name that leads to the loopback would let a foreign page read the answers. */
  private refuseOtherHosts({ headers }: IncomingMessage): void {
    const known = [`${host}:${this.port}`, `localhost:${this.port}`];
    if (!known.includes(headers.host ?? ''))
      throw new Refusal(403, `Ask for ${known[0] ?? ''}, not for another host.`);
  }

  /** What changes something comes from this server's own page alone. */
  private refuseForeign({ headers }: IncomingMessage): void {
    const { origin } = headers;
    if (origin !== undefined && origin !== `http://${headers.host ?? ''}`)
      throw new Refusal(403, 'A page of another origin may change nothing here.');
    const given = Buffer.from(String(headers['x-duramen-token'] ?? ''));
    const wanted = Buffer.from(this.token);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
      throw new Refusal(403, 'The token is missing or of another run of "duramen ui": load the page again.');
  }
}

function refusalOf(error: unknown): { readonly status: number; readonly message: string } {
  if (error instanceof Refusal) return error;
  if (error instanceof ClientError)
    return { status: error.kind === 'unreachable' ? 503 : 400, message: error.message };
  return { status: 500, message: errorText(error).split('\n')[0] ?? '' };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > bodyLimit) throw new Refusal(413, 'The message is too long.');
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new Refusal(400, 'The message is not JSON.');
  }
}

function sendJson(response: ServerResponse, value: unknown): void {
  send(response, 200, 'application/json', JSON.stringify(value));
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
  });
  response.end(text);
}

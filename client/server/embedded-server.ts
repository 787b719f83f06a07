import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { takeLock } from '#setup/process-lock.mjs';
import { findTemporalCli } from '#setup/temporal-cli.mjs';
import { searchAttributeKeys } from '../../workflows/messages/index.js';
import { prepareHome } from '../../storage/index.js';
import { ClientError } from '../errors/client-error.js';
import { freePort, isPortTaken } from './free-port.js';
import { checkDatabase } from './server-database.js';
import { endProcess, isRunning, processIdentity } from './operating-process.js';
import {
  readDatabaseRecord,
  readServerRecord,
  removeServerRecord,
  writeDatabaseRecord,
  writeServerRecord,
} from './server-record.js';
import type { ServerRecord } from './server-record.js';

const run = promisify(execFile);

/** Types of search attributes as the command line of Temporal spells them. */
const searchAttributeTypes = { KEYWORD: 'Keyword', INT: 'Int', DOUBLE: 'Double' } as const;

/** Whether the embedded server of a home runs. */
export type ServerStatus =
  { readonly kind: 'running'; readonly server: ServerRecord } | { readonly kind: 'stopped' };

/** Ports for the server; free ones are chosen, or those of last time, where none is given. */
export interface ServerPorts {
  readonly port?: number;
  readonly uiPort?: number;
}

const namespace = 'default';
const retentionSeconds = 30 * 24 * 3600;
const readyMilliseconds = 60_000;
/** Longer than a server takes to start or to stop. */
const lockMilliseconds = 60_000;
const stopMilliseconds = 10_000;

/**
 * The Temporal server of a `DURAMEN_HOME`: the official CLI's development server on a SQLite file. It outlives the
 * process that started it; there is at most one for each home.
 */
export class EmbeddedServer {
  private readonly folder: string;

  constructor(
    readonly home: string,
    /** Path of the Temporal CLI; found by the set-up's rules when absent. */
    private readonly cli?: string,
  ) {
    this.folder = join(home, 'server');
  }

  /** The server's own log. */
  get logPath(): string {
    return join(this.folder, 'server.log');
  }

  async status(): Promise<ServerStatus> {
    const server = await readServerRecord(this.home);
    return server !== null && (await isRunning(server)) ? { kind: 'running', server } : { kind: 'stopped' };
  }

  /** Starts the server unless it runs, and waits until it answers. */
  async start(ports: ServerPorts = {}): Promise<ServerRecord> {
    return this.exclusively(async () => {
      const status = await this.status();
      if (status.kind === 'running') {
        refuseOtherPorts(status.server, ports);
        try {
          await waitUntilReady(status.server.address, () => isRunning(status.server));
          return status.server;
        } catch (error) {
          // The server was dying during the check: start a new one instead.
          if (await isRunning(status.server)) throw error;
        }
      }
      return this.launch(ports);
    });
  }

  /** Stops the server; tells whether one ran. Nothing is lost: searches go on when it is started again. */
  async stop(): Promise<boolean> {
    if (!existsSync(this.folder)) return false;
    return this.exclusively(async () => {
      const status = await this.status();
      if (status.kind === 'running') await endProcess(status.server, stopMilliseconds);
      await removeServerRecord(this.home);
      return status.kind === 'running';
    });
  }

  private async launch(ports: ServerPorts): Promise<ServerRecord> {
    const database = join(this.folder, 'search.db');
    await checkDatabase(database);
    const cli = await this.findCli();
    const version = await versionOf(cli);
    const before = await readDatabaseRecord(this.home);
    if (before !== null && compareVersions(before.server, version.server) > 0) {
      throw new ClientError(
        'input',
        `The database in ${this.folder} was written by Temporal server ${before.server}, and ${cli} has the older ` +
          `${version.server}: put a Temporal CLI with server ${before.server} or later on PATH, or use another DURAMEN_HOME.`,
      );
    }
    const port = await choosePort(ports.port, before?.port, '--port');
    const uiPort = await choosePort(ports.uiPort, before?.uiPort, '--ui-port');
    const address = `127.0.0.1:${port}`;
    // A kill between here and the first start leaves a record of a database that was never written: harmless.
    await writeDatabaseRecord(this.home, { format: 1, server: version.server, port, uiPort });

    const log = await open(this.logPath, 'a', 0o600);
    const logStart = (await log.stat()).size;
    const child = spawn(cli, [...serverArguments(database, port, uiPort)], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    const failed = new Promise<never>((_resolve, reject) => {
      child.once('error', reject);
    });
    failed.catch(() => undefined);
    child.unref();
    await log.close();
    const identity = child.pid === undefined ? null : await processIdentity(child.pid);
    if (identity === null) {
      await Promise.race([failed, delay(100)]);
      throw new ClientError(
        'unreachable',
        `The Temporal server did not start: ${await this.lastLogLine(logStart)}`,
      );
    }
    const record: ServerRecord = {
      ...identity,
      address,
      uiAddress: `http://127.0.0.1:${uiPort}`,
      version,
      started: new Date().toISOString(),
    };
    await writeServerRecord(this.home, record);
    try {
      await waitUntilReady(address, () => isRunning(identity));
    } catch (error) {
      await endProcess(identity, stopMilliseconds);
      await removeServerRecord(this.home);
      throw new ClientError(
        'unreachable',
        `The Temporal server did not start: ${await this.lastLogLine(logStart)}`,
        {
          cause: error,
        },
      );
    }
    return record;
  }

  private async findCli(): Promise<string> {
    if (this.cli !== undefined) return this.cli;
    const found = await findTemporalCli();
    if (found.kind === 'found') return found.path;
    throw new ClientError(
      'unreachable',
      `No Temporal server can be started because ${found.reason}: ${found.remedy}.`,
    );
  }

  private async exclusively<T>(action: () => Promise<T>): Promise<T> {
    await prepareHome(this.home);
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    let release: () => Promise<void>;
    try {
      release = await takeLock(join(this.folder, 'lock.json'), { patience: lockMilliseconds });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw error;
      throw new ClientError(
        'input',
        `Another process is starting or stopping the server of ${this.home}: try again later.`,
        {
          cause: error,
        },
      );
    }
    try {
      return await action();
    } finally {
      await release();
    }
  }

  private async lastLogLine(from: number): Promise<string> {
    const text = (await readFile(this.logPath)).subarray(from).toString('utf8');
    const line = text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
    return `${line === '' ? 'it said nothing' : line} (the whole log is ${this.logPath}).`;
  }
}

/** The flags that make the development server fast and durable enough, with the search attributes of searches. */
function serverArguments(database: string, port: number, uiPort: number): readonly string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
    ...['--ui-disable-news-fetch', '--log-level', 'warn'],
    ...[
      '--db-filename',
      database,
      '--sqlite-pragma',
      'journal_mode=WAL',
      '--sqlite-pragma',
      'synchronous=NORMAL',
    ],
    ...['--dynamic-config-value', 'frontend.WorkflowPauseEnabled=true'],
    // The HTTP API asks for no credentials, and a page of any site may send it requests: it answers to no host.
    ...['--dynamic-config-value', 'frontend.httpAllowedHosts=["duramen.invalid"]'],
    ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'],
    ...['--dynamic-config-value', 'history.timerProcessorMaxPollRPS=1000'],
    ...['--dynamic-config-value', 'history.visibilityProcessorMaxPollRPS=1000'],
    ...['--dynamic-config-value', 'history.workflowIdReuseMinimalInterval="0s"'],
    ...Object.values(searchAttributeKeys).flatMap(({ name, type }) => [
      '--search-attribute',
      `${name}=${searchAttributeTypes[type]}`,
    ]),
  ];
}

async function choosePort(
  wanted: number | undefined,
  last: number | undefined,
  option: string,
): Promise<number> {
  if (wanted !== undefined) {
    if (!(await isPortTaken(wanted))) return wanted;
    throw new ClientError(
      'input',
      `Port ${wanted} is in use: give another one with ${option}, or end the process that has it.`,
    );
  }
  return last !== undefined && !(await isPortTaken(last)) ? last : freePort();
}

function refuseOtherPorts(server: ServerRecord, ports: ServerPorts): void {
  const port = Number(server.address.split(':').at(-1));
  const uiPort = Number(new URL(server.uiAddress).port);
  if ((ports.port ?? port) !== port || (ports.uiPort ?? uiPort) !== uiPort) {
    throw new ClientError(
      'input',
      `The server runs already at ${server.address} with its pages at ${server.uiAddress}: stop it first with "duramen server stop".`,
    );
  }
}

/** Versions as the CLI tells them: `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)`. */
async function versionOf(cli: string): Promise<ServerRecord['version']> {
  let output: string;
  try {
    output = (await run(cli, ['--version'])).stdout;
  } catch (error) {
    throw new ClientError(
      'unreachable',
      `The Temporal CLI ${cli} cannot be run: install it again (see "duramen doctor").`,
      {
        cause: error,
      },
    );
  }
  const match = /version (\d+\.\d+\.\d+)\S* \(Server (\d+\.\d+\.\d+)/.exec(output);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new ClientError(
      'unreachable',
      `The Temporal CLI ${cli} does not tell its version: install version 1.9.1 or later.`,
    );
  }
  return { cli: match[1], server: match[2] };
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let part = 0; part < 3; part++) {
    const difference = (left[part] ?? 0) - (right[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Waits for the namespace and keeps closed searches for 30 days (the server's own default is one). */
async function waitUntilReady(address: string, runs: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + readyMilliseconds;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: '2s' });
      try {
        await connection.withDeadline(Date.now() + 5000, () => updateRetention(connection));
        return;
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (!(await runs()) || Date.now() > deadline) throw error;
      await delay(50);
    }
  }
}

async function updateRetention(connection: Connection): Promise<void> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  const { seconds } = config?.workflowExecutionRetentionTtl ?? {};
  if (Number(seconds ?? 0) === retentionSeconds) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(retentionSeconds * 1000) },
  });
}

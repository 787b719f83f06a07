import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { errorText } from '../foundation/errors/index.js';
import { ClientError } from '../client/errors/index.js';

/** Settings of a worker process. */
export interface WorkerProcessOptions {
  /** host:port of the server; absent: the worker reads the same `TEMPORAL_*` configuration. */
  readonly address?: string;
  readonly namespace?: string;
  readonly home: string;
  /** Folder whose packages the search file imports and where commands run. */
  readonly projectRoot: string;
  /** Evaluations at the same time; by default one for each processor. */
  readonly slots?: number;
  /** What to serve; by default searches, processors and the GPUs that there are. */
  readonly queues?: string;
}

const workerMain = fileURLToPath(new URL('../workers/main.js', import.meta.url));
const firstPauseMilliseconds = 500;
const longestPauseMilliseconds = 15_000;
const startsGranted = 5;

/** Longer than evaluations get to park, so a worker that still runs by then will not end by itself. */
const stopMilliseconds = 45_000;

/** A worker in a process of its own that is started again whenever it dies. */
export class WorkerProcess {
  readonly logPath: string;
  private child: ChildProcess | null = null;
  private stopping = false;
  private failedStarts = 0;
  private restart: NodeJS.Timeout | null = null;
  private lastWords = '';

  constructor(
    private readonly options: WorkerProcessOptions,
    /** Called with a sentence whenever something happens to the worker. */
    private readonly say: (line: string) => void,
  ) {
    this.logPath = join(options.home, 'worker.log');
  }

  /** Starts the worker; it is kept alive until `stop`. */
  async start(): Promise<void> {
    await mkdir(this.options.home, { recursive: true });
    const log = await open(this.logPath, 'a');
    const from = (await log.stat()).size;
    const child = spawn(
      process.execPath,
      ['--enable-source-maps', workerMain, ...workerArguments(this.options)],
      {
        // A group of its own, so that Ctrl-C reaches only this process, which then asks the worker to park. The
        // channel tells the worker when this process is gone.
        detached: true,
        stdio: ['ignore', 'pipe', log.fd, 'ipc'],
      },
    );
    await log.close();
    this.child = child;
    child.channel?.unref();
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line === 'ready') this.failedStarts = 0;
      });
    }
    child.once('error', (error) => {
      this.lastWords = error.message;
    });
    child.once('exit', () => {
      this.child = null;
      void this.ended(from);
    });
  }

  /** Id of the process; null while none runs. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** The sentence to end with when the worker cannot be kept alive; null as long as it can. */
  get failure(): ClientError | null {
    if (this.failedStarts < startsGranted) return null;
    return new ClientError(
      'stopped',
      `The worker ended ${startsGranted} times before it was ready: ${this.lastWords} (the log is ${this.logPath}).`,
    );
  }

  /** Lets evaluations park and waits for the worker's end. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.restart !== null) clearTimeout(this.restart);
    const child = this.child;
    if (child === null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), stopMilliseconds);
    await ended;
    clearTimeout(late);
  }

  /** Ends the worker at once; what it evaluates goes on from checkpoints later. */
  kill(): void {
    this.stopping = true;
    this.child?.kill('SIGKILL');
  }

  private async ended(logStart: number): Promise<void> {
    if (this.stopping) return;
    this.failedStarts += 1;
    this.lastWords = await this.lastLogLine(logStart);
    if (this.failure !== null) return;
    const pause = Math.min(longestPauseMilliseconds, firstPauseMilliseconds * 2 ** (this.failedStarts - 1));
    this.say(`The worker ended (${this.lastWords}); it is started again.`);
    this.restart = setTimeout(() => {
      this.start().catch((error: unknown) => {
        this.say(`The worker cannot be started: ${errorText(error)}`);
      });
    }, pause);
  }

  private async lastLogLine(from: number): Promise<string> {
    const text = (await readFile(this.logPath)).subarray(from).toString('utf8');
    return text.trim().split('\n').at(-1)?.slice(0, 200) || 'it said nothing';
  }
}

/** Command line of `workers/main.js`. */
export function workerArguments(options: Partial<WorkerProcessOptions>): readonly string[] {
  const { address, namespace, home, projectRoot, slots, queues } = options;
  return [
    ...(address === undefined ? [] : ['--address', address]),
    ...(namespace === undefined ? [] : ['--namespace', namespace]),
    ...(home === undefined ? [] : ['--home', home]),
    ...(projectRoot === undefined ? [] : ['--project-root', projectRoot]),
    ...(slots === undefined ? [] : ['--slots', String(slots)]),
    ...(queues === undefined ? [] : ['--queues', queues]),
  ];
}

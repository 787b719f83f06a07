import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { packageRoot } from '../../setup/folders.mjs';
import { SearchWorker } from '../../workers/search-worker.js';

/** Milliseconds between two looks at the memory of the process. */
const sample = 2_000;

/** A process that serves searches and nothing else, and tells its memory. */
export class SearchWorkerProcess {
  /** Resident memory in megabytes, one number every two seconds. */
  readonly samples: number[] = [];
  /** Settles when the process has ended. */
  readonly ended: Promise<void>;
  private readonly child: ChildProcess;

  constructor(address: string, home: string) {
    const program = path.join(packageRoot, 'bench', 'run.mjs');
    const child = fork(program, ['long-search', '--worker', address, '--home', home], {
      execArgv: ['--expose-gc'],
    });
    this.child = child;
    child.on('message', (megabytes: number) => this.samples.push(megabytes));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        if (code === 0) resolve();
        else reject(new Error(`The process of the search worker ended with ${code ?? signal}.`));
      });
    });
  }

  async stop(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    await this.ended;
  }
}

/** Serves searches until the parent process goes or asks for the end. */
export async function serveSearches(address: string, home: string): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const connection = await NativeConnection.connect({ address });
  const worker = await SearchWorker.create({
    connection,
    namespace: 'default',
    home,
    projectRoot: packageRoot,
    queues: ['search'],
    slots: 1,
    warn: (message) => console.error(message),
  });
  const timer = setInterval(() => {
    // The main thread's garbage only: workflows run in a thread of their own, which collects when it wants to.
    globalThis.gc?.();
    process.send?.(process.memoryUsage().rss / 1e6);
  }, sample);
  process.once('disconnect', () => worker.shutdown());
  try {
    const running = worker.run();
    if (!process.connected) worker.shutdown();
    await running;
  } finally {
    clearInterval(timer);
    await connection.close();
  }
}

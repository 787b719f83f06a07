import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { connect, type SearchDefinition } from 'duramen';
import { packageRoot } from '../../setup/folders.mjs';
import { EmbeddedServer } from '../../client/index.js';
import type { SearchResult } from '../../searches/index.js';
import { WorkerProcess } from '../durable-trials/worker-process.js';

/** Runs searches durably, one after the other: a server and a worker of their own, in a temporary folder. */
export async function runDurably(
  definitions: readonly SearchDefinition[],
): Promise<readonly { readonly result: SearchResult; readonly seconds: number }[]> {
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const home = await mkdtemp(path.join(os.tmpdir(), 'duramen-bench-'));
    closing.push(() => rm(home, { recursive: true, force: true }));
    const server = new EmbeddedServer(home);
    closing.push(() => server.stop());
    const { address } = await server.start();
    const client = await connect({ home, address, namespace: 'default' });
    closing.push(() => client.close());
    const program = path.join(packageRoot, 'dist', 'workers', 'main.js');
    const options = ['--address', address, '--namespace', 'default', '--home', home, '--queues', 'search'];
    const worker = await WorkerProcess.start([program, ...options], packageRoot);
    closing.push(() => worker.stop());
    const finished: { result: SearchResult; seconds: number }[] = [];
    for (const definition of definitions) {
      const start = performance.now();
      const { handle } = await client.start(definition);
      const result = await Promise.race([handle.result(), worker.failed]);
      finished.push({ result, seconds: (performance.now() - start) / 1000 });
    }
    return finished;
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

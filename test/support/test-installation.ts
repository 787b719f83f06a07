import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connect, EmbeddedServer, type SearchClient, type StartedHandle } from '../../client/index.js';
import {
  toDefinition,
  type JournalRecord,
  type Search,
  type SearchDefinition,
  type SearchResult,
} from '../../searches/index.js';
import { ArtifactStore, FileBlobStore, JournalStore } from '../../storage/index.js';
import { simulate } from './plain-search.js';
import { algorithmBits, type AlgorithmBits } from './algorithm-state.js';
import { commandLine, descendants } from './process-tree.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** What a worker process serves: searches, evaluations in processes, or both. */
export type WorkerRole = 'whole' | 'search' | 'trainer';

const queues: Readonly<Record<WorkerRole, string>> = {
  whole: 'search,cpu',
  search: 'search',
  trainer: 'cpu,gpu',
};

/** A home folder with an embedded server and worker processes, each of which can be killed and started again. */
export class TestInstallation {
  readonly home = mkdtempSync(join(tmpdir(), 'duramen-system-'));
  readonly server: EmbeddedServer;
  private readonly workers = new Map<WorkerRole, ChildProcess>();
  private connected: SearchClient | undefined;
  private ui = '';
  private environment: Readonly<Record<string, string>> = {};

  /** `dist`: the built package. */
  constructor(
    temporalCliPath: string,
    private readonly dist = join(repository, 'dist'),
  ) {
    this.server = new EmbeddedServer(this.home, temporalCliPath);
  }

  get client(): SearchClient {
    if (this.connected === undefined) throw new Error('The installation was not started.');
    return this.connected;
  }

  get uiAddress(): string {
    return this.ui;
  }

  /** Starts everything; workers get the variables beside those of this process. */
  async start(
    environment: Readonly<Record<string, string>> = {},
    roles: readonly WorkerRole[] = ['whole'],
  ): Promise<void> {
    this.environment = environment;
    this.ui = (await this.server.start()).uiAddress;
    this.connected = await connect({ home: this.home });
    await Promise.all(roles.map((role) => this.startWorker(2, role)));
  }

  async startWorker(slots = 2, role: WorkerRole = 'whole'): Promise<void> {
    const { address } = await this.server.start();
    const script = join(this.dist, 'workers', 'main.js');
    const options = ['--address', address, '--home', this.home, '--slots', String(slots)];
    options.push('--queues', queues[role]);
    const worker = spawn(process.execPath, [script, ...options], {
      cwd: repository,
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.workers.set(role, worker);
    for await (const line of createInterface({ input: worker.stdout })) if (line === 'ready') break;
  }

  /** Starts again what has ended by itself: the server, and workers. */
  async revive(): Promise<void> {
    await this.server.start();
    for (const [role, { exitCode, signalCode }] of this.workers) {
      if (exitCode !== null || signalCode !== null) await this.startWorker(2, role);
    }
  }

  /** Defines a search as a search file would; `evaluate` is the source of its function. */
  async define(options: object, evaluate: string): Promise<SearchDefinition> {
    const text = `export default { functions: { evaluate: ${evaluate}, measures: {} } };\n`;
    const hash = await new ArtifactStore(new FileBlobStore(this.home)).put(new TextEncoder().encode(text));
    const functions = { evaluate: () => ({}), measures: {} };
    const search: Search = {
      kind: 'duramen-search',
      options: { ...options, evaluate: functions.evaluate },
      functions,
    };
    return toDefinition(search, { hash, packages: '' });
  }

  async search(definition: SearchDefinition): Promise<StartedHandle> {
    return this.client.start(definition);
  }

  /** Starts a search and waits for its end, whatever happens to the server meanwhile. */
  async run(definition: SearchDefinition): Promise<SearchResult> {
    const { handle } = await this.search(definition);
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await handle.result();
      } catch (error) {
        if (attempt === 30) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
  }

  /**
   * The result of a search that the server does not pause any more. Its pause may leave a history that no SDK can read
   * (server 1.32.0): then the search goes on from its journal.
   */
  async resultAfterServerPause(definition: SearchDefinition): Promise<SearchResult> {
    const workflow = this.client.temporal.workflow.getHandle(definition.name);
    for (;;) {
      const { status, raw } = await workflow.describe();
      if (status.name !== 'RUNNING') return this.client.handle(definition.name).result();
      if ((raw.pendingWorkflowTask?.attempt ?? 0) >= 3) {
        await workflow.terminate('unreadable history');
        return this.run(definition);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** The trajectory hash of the undisturbed search, whose one metric is `loss`. */
  expected(definition: SearchDefinition, loss: (parameters: { readonly x: number }) => number): string {
    return simulate(definition, (parameters) => ({
      kind: 'scored',
      metrics: { loss: loss(parameters as { readonly x: number }) },
    })).trajectoryHash;
  }

  async killWorker(role: WorkerRole = 'whole'): Promise<void> {
    await end(this.workers.get(role), 'SIGKILL');
  }

  /** Asks all workers to end; evaluations park. */
  async stopWorkers(): Promise<void> {
    await Promise.all([...this.workers.values()].map((worker) => end(worker, 'SIGTERM')));
  }

  /** Ids of the evaluating processes below the workers, without their supervisors. */
  evaluations(): readonly number[] {
    const all = [...this.workers.values()].flatMap(({ pid }) => (pid === undefined ? [] : descendants(pid)));
    return all.filter(
      (child) => commandLine(child).includes('evaluating-process') && descendants(child).length === 0,
    );
  }

  /** Id of a worker's process; null where there is no such worker. */
  workerProcess(role: WorkerRole): number | null {
    return this.workers.get(role)?.pid ?? null;
  }

  /** Kills the evaluating processes, not their supervisors; tells which. */
  killEvaluations(): readonly number[] {
    const evaluating = this.evaluations();
    for (const child of evaluating) process.kill(child, 'SIGKILL');
    return evaluating;
  }

  async killServer(): Promise<void> {
    const pid = await this.serverProcess();
    if (pid !== null) process.kill(pid, 'SIGKILL');
  }

  /** Id of the server's process; null while it does not run. */
  async serverProcess(): Promise<number | null> {
    const status = await this.server.status();
    return status.kind === 'running' ? status.server.pid : null;
  }

  /** Indices of the told records in the journal, in their order. */
  async told(name: string): Promise<readonly number[]> {
    const journal = await new JournalStore<JournalRecord>(new FileBlobStore(this.home)).read(name);
    return journal.flatMap(({ record }) => (record.kind === 'told' ? [record.index] : []));
  }

  /** What the algorithm of a search had learned when it ended. */
  async learned(name: string): Promise<AlgorithmBits | null> {
    const journals = new JournalStore<JournalRecord>(new FileBlobStore(this.home));
    const snapshot = await journals.snapshot(name);
    return snapshot === null ? null : algorithmBits(snapshot.state);
  }

  async close(): Promise<void> {
    await this.connected?.close();
    await Promise.all([...this.workers.keys()].map((role) => this.killWorker(role)));
    await this.server.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}

async function end(worker: ChildProcess | undefined, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (worker === undefined || worker.exitCode !== null || worker.signalCode !== null) return;
  const ended = once(worker, 'exit');
  worker.kill(signal);
  await ended;
}

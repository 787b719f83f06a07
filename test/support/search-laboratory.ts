import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import {
  Client,
  Connection,
  type WorkflowHandle,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import { JournalVerifier, SearchHandle } from '../../client/index.js';
import {
  type FindWeights,
  toDefinition,
  type JournalRecord,
  type Search,
  type SearchDefinition,
  type SearchResult,
} from '../../searches/index.js';
import { ArtifactStore, FileBlobStore, JournalStore, VouchedDefinitions } from '../../storage/index.js';
import type { ServedQueue } from '../../workers/evaluation-queues.js';
import { SearchWorker, type SearchWorkerOptions } from '../../workers/search-worker.js';
import {
  SEARCH_QUEUE,
  SEARCH_WORKFLOW,
  workflowTaskTimeout,
  type SearchInput,
} from '../../workflows/messages/messages.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
/**
 * Recorded histories, one compressed JSON file each, named after the workflow id with `+` for `/`, and after `@` how the
 * run ended that is not the last one.
 */
export const historiesFolder = fileURLToPath(new URL('../workflows/histories', import.meta.url));

const installation = join(repository, 'dist');

// The runtime of the SDK is installed once a process.
let installed = false;

/** A namespace of the test server with a home folder, a client, and workers that can be started and stopped. */
export class SearchLaboratory {
  readonly home = mkdtempSync(join(tmpdir(), 'duramen-workflows-'));
  readonly artifacts = new ArtifactStore(new FileBlobStore(this.home));
  readonly journals = new JournalStore<JournalRecord>(new FileBlobStore(this.home));
  private readonly vouched = new VouchedDefinitions(new FileBlobStore(this.home));
  private readonly running = new Map<SearchWorker, Promise<void>>();

  private constructor(
    readonly namespace: string,
    readonly connection: NativeConnection,
    private readonly clientConnection: Connection,
    readonly client: Client,
  ) {}

  /** `namespace`: the test file's name without `.test.ts`, which the global set-up made. */
  static async open(namespace: string): Promise<SearchLaboratory> {
    if (!installed) Runtime.install({ logger: new DefaultLogger('ERROR') });
    installed = true;
    const address = inject('temporalAddress');
    const connection = await NativeConnection.connect({ address });
    const clientConnection = await Connection.connect({ address });
    const client = new Client({ connection: clientConnection, namespace });
    return new SearchLaboratory(namespace, connection, clientConnection, client);
  }

  async close(): Promise<void> {
    for (const worker of [...this.running.keys()]) await this.stop(worker);
    await this.connection.close();
    await this.clientConnection.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  async startWorker(
    slots = 2,
    queues: readonly ServedQueue[] = ['search', 'cpu'],
    options: Partial<SearchWorkerOptions> = {},
  ): Promise<SearchWorker> {
    const worker = await SearchWorker.create({
      connection: this.connection,
      namespace: this.namespace,
      home: this.home,
      projectRoot: repository,
      installation,
      queues,
      slots,
      graceTime: 3_000,
      warn: () => undefined,
      ...options,
    });
    this.running.set(worker, worker.run());
    return worker;
  }

  async stop(worker: SearchWorker): Promise<void> {
    worker.shutdown();
    await this.running.get(worker);
    this.running.delete(worker);
  }

  /**
   * Defines a search as a search file would. `evaluate` is an evaluator such as `activity(…)`, or the source of a
   * function: it is stored in a bundle, as `measures` is (entries `level: function`) and `retraining`, the source of the
   * function that trains in full. `weights` are those that an evaluator `sharedWeights(…)` finds.
   */
  async define(
    options: object,
    source: {
      readonly evaluate: unknown;
      readonly measures?: string;
      readonly retraining?: string;
      readonly weights?: ReturnType<FindWeights>;
    },
  ): Promise<SearchDefinition> {
    const inBundle = typeof source.evaluate === 'string' ? source.evaluate : 'undefined';
    const retraining = source.retraining === undefined ? '' : `retraining: ${source.retraining}, `;
    const text = `export default { functions: { evaluate: ${inBundle}, ${retraining}measures: { ${source.measures ?? ''} } } };\n`;
    const hash = await this.artifacts.put(new TextEncoder().encode(text));
    const functions = { evaluate: () => ({}), measures: {} };
    const evaluate = typeof source.evaluate === 'string' ? functions.evaluate : source.evaluate;
    const search: Search = { kind: 'duramen-search', options: { ...options, evaluate }, functions };
    const { weights } = source;
    const findWeights = weights === undefined ? undefined : (): typeof weights => weights;
    return toDefinition(search, { hash, packages: '' }, undefined, findWeights);
  }

  async start(
    definition: SearchDefinition,
    extra: Partial<SearchInput> = {},
    id = definition.name,
  ): Promise<WorkflowHandleWithFirstExecutionRunId> {
    await this.vouched.vouch(definition);
    const input: SearchInput = {
      definition: { kind: 'inline', definition },
      level: 0,
      context: {},
      parentPaused: false,
      ...extra,
    };
    return this.client.workflow.start(SEARCH_WORKFLOW, {
      workflowId: id,
      taskQueue: SEARCH_QUEUE,
      workflowTaskTimeout,
      args: [input],
    });
  }

  /** The client's handle of a search, which a continue-as-new does not disturb. */
  search({ workflowId }: { readonly workflowId: string }): SearchHandle {
    return new SearchHandle({ temporal: this.client, journals: this.journals, home: this.home }, workflowId);
  }

  async result(handle: WorkflowHandle): Promise<SearchResult> {
    return (await handle.result()) as SearchResult;
  }

  /**
   * The result of a search after the server's own pause was taken away. A pause that hits the server between two steps
   * of its own leaves a history that no SDK can read (server 1.32.0). Then this method applies the remedy of
   * docs/durability.md: it ends the run, and the search goes on from its journal.
   */
  async resultAfterServerPause(handle: WorkflowHandle, definition: SearchDefinition): Promise<SearchResult> {
    for (;;) {
      const { status, raw } = await handle.describe();
      if (status.name !== 'RUNNING') return this.result(handle);
      if ((raw.pendingWorkflowTask?.attempt ?? 0) >= 3) {
        await handle.terminate('unreadable history');
        return this.result(await this.start(definition, {}, handle.workflowId));
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /**
   * Replays a whole history without any cache: fails when the workflow would decide otherwise, or when its journal does
   * not hold. With `DURAMEN_RECORD_HISTORIES=1` the history is also kept, to be replayed by every later build: that of
   * the latest run, or of an earlier one under a label that says how it ended.
   */
  async replay(id: string, earlier?: { readonly runId: string; readonly label: string }): Promise<void> {
    const history = await this.client.workflow.getHandle(id, earlier?.runId).fetchHistory();
    await Worker.runReplayHistory(
      { workflowBundle: { codePath: inject('workflowBundlePath') } },
      history,
      id,
    );
    const { fault } = await new JournalVerifier(this.home).verify(id, { inner: true });
    if (fault !== null) throw new Error(fault.message);
    if (process.env['DURAMEN_RECORD_HISTORIES'] !== '1') return;
    const name = id.replaceAll('/', '+') + (earlier === undefined ? '' : `@${earlier.label}`);
    writeFileSync(join(historiesFolder, `${name}.json.gz`), gzipSync(historyToJSON(history), { level: 9 }));
  }

  async records(search: string): Promise<readonly JournalRecord[]> {
    return (await this.journals.read(search)).map(({ record }) => record);
  }
}

/** Waits until a condition holds; fails after `seconds`. */
export async function until(condition: () => Promise<boolean> | boolean, seconds = 20): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('The condition did not come true in time.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

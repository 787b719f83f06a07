import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import {
  createJournalActivities,
  createLibraryActivities,
  createRetrainingActivities,
  type EvaluationActivities,
} from '../activities/index.js';
import type { JournalRecord, SearchResult } from '../searches/index.js';
import {
  ArtifactStore,
  FileBlobStore,
  JournalStore,
  LibraryStore,
  prepareHome,
  SearchResultStore,
  storeId,
  TrialStore,
  VouchedDefinitions,
} from '../storage/index.js';
import { SEARCH_QUEUE } from '../workflows/messages/index.js';
import { workflowBundle } from './build-workflow-bundle.js';
import type { AlgorithmPrograms } from '../evaluation/programs/index.js';
import { cudaLibraries, gpuDevices } from '../evaluation/processes/index.js';
import { type EvaluationQueue, evaluationQueues, gpuWarning, type ServedQueue } from './evaluation-queues.js';
import { QueueEvaluations } from './queue-evaluations.js';
import { ensureSearchAttributes } from './search-attributes.js';
import { storeGuard } from './store-guard.js';

/** What a worker serves, and with what. */
export interface SearchWorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** Folder of journals, artifacts and checkpoints. */
  readonly home: string;
  /** Folder whose packages search files import, and where commands run. */
  readonly projectRoot: string;
  readonly queues: readonly ServedQueue[];
  /** Evaluations in processes at the same time, for each queue but `gpu`, which has one for each GPU. */
  readonly slots: number;
  /** Further queues of evaluations in processes. */
  readonly extraQueues?: readonly string[];
  /** Folder of the built package; by default the one that this module is part of. */
  readonly installation?: string;
  /** Milliseconds that an evaluation has to save a checkpoint when it is asked to park. */
  readonly graceTime?: number;
  /** Workflows whose state is kept between their tasks (default 200); with 0 every task replays the history. */
  readonly cachedWorkflows?: number;
  readonly warn: (message: string) => void;
}

/** What all workers of a process have in common. */
type CommonOptions = Pick<
  WorkerOptions,
  'interceptors' | 'stickyQueueScheduleToStartTimeout' | 'maxHeartbeatThrottleInterval' | 'shutdownForceTime'
>;

const common: CommonOptions = {
  // After a kill, the server waits this long for the old worker of a cached workflow.
  stickyQueueScheduleToStartTimeout: '1s',
  // Pauses and cancellations arrive with heartbeats.
  maxHeartbeatThrottleInterval: '1s',
  shutdownForceTime: '30s',
};

/** Serves searches until it is shut down. */
export class SearchWorker {
  private constructor(
    private readonly workers: readonly Worker[],
    private readonly close: () => Promise<void>,
  ) {}

  /** Connects the workers; they poll once `run` is called. */
  static async create(options: SearchWorkerOptions): Promise<SearchWorker> {
    const { home, projectRoot, queues, extraQueues = [], slots, warn, graceTime } = options;
    const installation = options.installation ?? fileURLToPath(new URL('..', import.meta.url));
    const blobs = new FileBlobStore(home);
    const artifacts = new ArtifactStore(blobs);
    const trials = new TrialStore(home);
    await prepareHome(home);
    const vouched = new VouchedDefinitions(blobs);
    await vouched.vouchForJournals();
    const evaluations = new QueueEvaluations({
      home,
      projectRoot,
      installation,
      artifacts,
      trials,
      ...(graceTime === undefined ? {} : { graceTime }),
    });
    const inbound = storeGuard(await storeId(blobs));
    const guarded = { ...common, interceptors: { activity: [() => ({ inbound })] } };
    const workers: Worker[] = [];
    if (queues.includes('search')) {
      const light = evaluations.activities(slots);
      const stores = { blobs, artifacts, trials, vouched };
      const programs = evaluations.programs(slots);
      workers.push(
        await createSearchQueueWorker(options, guarded, installation, stores, light, programs),
      );
    }
    const devices = queues.includes('gpu') ? await gpuDevices() : [];
    const warning = queues.includes('gpu') ? gpuWarning(devices, cudaLibraries()) : null;
    if (warning !== null) warn(warning);
    for (const queue of evaluationQueues(queues, extraQueues, slots, devices)) {
      const { evaluate } = evaluations.activities(queue.slots, queue.devices);
      workers.push(await createEvaluationQueueWorker(options, guarded, queue, evaluate));
    }
    return new SearchWorker(workers, async () => evaluations.close());
  }

  /** Polls until `shutdown`, or until one of the workers fails; then ends the evaluating processes. */
  async run(): Promise<void> {
    try {
      await Promise.all(
        this.workers.map(async (worker) => {
          try {
            await worker.run();
          } finally {
            this.shutdown();
          }
        }),
      );
    } finally {
      await this.close();
    }
  }

  /** Stops polling; evaluations park. */
  shutdown(): void {
    for (const worker of this.workers) {
      if (worker.getState() === 'RUNNING') worker.shutdown();
    }
  }
}

/** The stores below the home folder that the activities of a search use. */
interface SearchStores {
  readonly blobs: FileBlobStore;
  readonly artifacts: ArtifactStore;
  readonly trials: TrialStore;
  readonly vouched: VouchedDefinitions;
}

/** Serves search workflows with the activities that need no process of their own. */
async function createSearchQueueWorker(
  { connection, namespace, warn, cachedWorkflows = 200 }: SearchWorkerOptions,
  options: CommonOptions,
  installation: string,
  { blobs, artifacts, trials, vouched }: SearchStores,
  { evaluateLight, measure }: EvaluationActivities,
  programs: AlgorithmPrograms,
): Promise<Worker> {
  const journals = new JournalStore<JournalRecord>(blobs);
  const journal = createJournalActivities({
    artifacts,
    journals,
    results: new SearchResultStore<SearchResult>(blobs),
    trials,
    programs,
    vouched,
    ensureSearchAttributes: () => ensureSearchAttributes(connection, namespace, warn),
  });
  return Worker.create({
    ...options,
    connection,
    namespace,
    taskQueue: SEARCH_QUEUE,
    workflowBundle: { codePath: join(installation, workflowBundle) },
    activities: {
      ...journal,
      ...createRetrainingActivities({ artifacts, journals }),
      ...createLibraryActivities({
        ...{ artifacts, journals, trials },
        library: new LibraryStore(blobs, artifacts),
      }),
      evaluateLight,
      measure,
    },
    maxEagerActivityReservationsPerWorkflowTask: 16,
    maxCachedWorkflows: cachedWorkflows,
  });
}

/** Serves a task queue of evaluations in processes. */
async function createEvaluationQueueWorker(
  { connection, namespace }: SearchWorkerOptions,
  options: CommonOptions,
  { taskQueue, slots }: EvaluationQueue,
  evaluate: EvaluationActivities['evaluate'],
): Promise<Worker> {
  return Worker.create({
    ...options,
    connection,
    namespace,
    taskQueue,
    activities: { evaluate },
    maxConcurrentActivityTaskExecutions: slots,
  });
}

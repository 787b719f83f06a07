import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import {
  createEvaluationActivities,
  createJournalActivities,
  createRetrainingActivities,
  type EvaluationActivities,
} from '../activities/index.js';
import type { JournalRecord, SearchResult } from '../searches/index.js';
import {
  ArtifactStore,
  FileBlobStore,
  JournalStore,
  SearchResultStore,
  TrialStore,
} from '../storage/index.js';
import { CPU_QUEUE, GPU_QUEUE, SEARCH_QUEUE } from '../workflows/messages/index.js';
import { workflowBundle } from './build-workflow-bundle.js';
import { cudaLibraries, EvaluatingProcesses, gpuDevices } from '../evaluation/processes/index.js';
import { ensureSearchAttributes } from './search-attributes.js';

/** What a worker serves: search workflows with their light activities, evaluations in processes, or both. */
export type ServedQueue = 'search' | 'cpu' | 'gpu';

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

const common: Pick<
  WorkerOptions,
  'stickyQueueScheduleToStartTimeout' | 'maxHeartbeatThrottleInterval' | 'shutdownForceTime'
> = {
  // After a kill, a cached workflow waits this long for its old worker.
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
    const { connection, namespace, home, projectRoot, queues, slots, warn, graceTime } = options;
    const installation = options.installation ?? fileURLToPath(new URL('..', import.meta.url));
    const blobs = new FileBlobStore(home);
    const artifacts = new ArtifactStore(blobs);
    const trials = new TrialStore(home);
    const closing: (() => Promise<void>)[] = [];
    const evaluationActivities = (devices: readonly string[] = []): EvaluationActivities => {
      const pool = new EvaluatingProcesses({
        home,
        projectRoot,
        slots: devices.length > 0 ? devices.length : slots,
        installation,
        devices,
        cudaLibraries: devices.length > 0 ? cudaLibraries() : null,
      });
      const evaluation = createEvaluationActivities({
        home,
        artifacts,
        trials,
        pool,
        projectRoot,
        installation,
        ...(graceTime === undefined ? {} : { graceTime }),
      });
      closing.push(async () => {
        await evaluation.close();
        await pool.close();
      });
      return evaluation.activities;
    };
    const journals = new JournalStore<JournalRecord>(blobs);
    const journal = createJournalActivities({
      artifacts,
      journals,
      results: new SearchResultStore<SearchResult>(blobs),
      ensureSearchAttributes: () => ensureSearchAttributes(connection, namespace, warn),
    });
    const workers: Worker[] = [];
    if (queues.includes('search')) {
      const { evaluateLight, measure } = evaluationActivities();
      workers.push(
        await Worker.create({
          ...common,
          connection,
          namespace,
          taskQueue: SEARCH_QUEUE,
          workflowBundle: { codePath: join(installation, workflowBundle) },
          activities: {
            ...journal,
            ...createRetrainingActivities({ artifacts, journals }),
            evaluateLight,
            measure,
          },
          maxEagerActivityReservationsPerWorkflowTask: 16,
          maxCachedWorkflows: options.cachedWorkflows ?? 200,
        }),
      );
    }
    const cpuQueues = [...(queues.includes('cpu') ? [CPU_QUEUE] : []), ...(options.extraQueues ?? [])];
    const evaluations = cpuQueues.map((taskQueue) => ({
      taskQueue,
      slots,
      activities: evaluationActivities(),
    }));
    if (queues.includes('gpu')) {
      const devices = await gpuDevices();
      if (devices.length === 0) {
        warn(
          'nvidia-smi lists no GPU that this worker may use: evaluations for GPUs run on processors here.',
        );
      }
      if (devices.length > 0 && cudaLibraries() === null) {
        warn(
          'There are GPUs, but TensorFlow is not set up for them: "node setup/prepare.mjs --gpu" in the folder of duramen does it; until then its trainings run on processors.',
        );
      }
      evaluations.push({
        taskQueue: GPU_QUEUE,
        slots: devices.length > 0 ? devices.length : slots,
        activities: evaluationActivities(devices),
      });
    }
    for (const { taskQueue, slots: places, activities } of evaluations) {
      workers.push(
        await Worker.create({
          ...common,
          connection,
          namespace,
          taskQueue,
          activities: { evaluate: activities.evaluate },
          maxConcurrentActivityTaskExecutions: places,
        }),
      );
    }
    return new SearchWorker(workers, async () => {
      for (const close of closing) await close();
    });
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

import { createEvaluationActivities, type EvaluationActivities } from '../activities/index.js';
import { cudaLibraries, EvaluatingProcesses } from '../evaluation/processes/index.js';
import { AlgorithmPrograms } from '../evaluation/programs/index.js';
import type { ArtifactStore, TrialStore } from '../storage/index.js';

/** What all task queues of evaluations share in a worker. */
export interface QueueEvaluationsOptions {
  readonly home: string;
  readonly projectRoot: string;
  /** Folder of the built package. */
  readonly installation: string;
  readonly artifacts: ArtifactStore;
  readonly trials: TrialStore;
  /** Milliseconds that an evaluation has to save a checkpoint when it is asked to park. */
  readonly graceTime?: number;
}

/** The evaluations of a worker: each task queue has activities with a pool of processes of its own. */
export class QueueEvaluations {
  private readonly closing: (() => Promise<void>)[] = [];

  constructor(private readonly options: QueueEvaluationsOptions) {}

  /** Makes the activities of one task queue; with `devices` each slot has a GPU. */
  activities(slots: number, devices: readonly string[] = []): EvaluationActivities {
    const { home, projectRoot, installation, artifacts, trials, graceTime } = this.options;
    const pool = new EvaluatingProcesses({
      home,
      projectRoot,
      slots,
      installation,
      devices,
      cudaLibraries: devices.length > 0 ? cudaLibraries() : null,
    });
    const { activities, close } = createEvaluationActivities({
      home,
      artifacts,
      trials,
      pool,
      projectRoot,
      installation,
      ...(graceTime === undefined ? {} : { graceTime }),
    });
    this.closing.push(async () => {
      await close();
      await pool.close();
    });
    return activities;
  }

  /** Makes what asks the programs of users' algorithms, with a pool of processes of its own. */
  programs(slots: number): AlgorithmPrograms {
    const { home, projectRoot, installation, artifacts } = this.options;
    const pool = new EvaluatingProcesses({ home, projectRoot, slots, installation });
    this.closing.push(() => pool.close());
    return new AlgorithmPrograms({ home, artifacts, pool, projectRoot });
  }

  /** Parks all evaluations that still run, then ends the processes of all queues. */
  async close(): Promise<void> {
    for (const close of this.closing) await close();
  }
}

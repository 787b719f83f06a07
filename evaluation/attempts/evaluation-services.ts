import type { ArtifactStore, EvaluationResultStore, TrialStore } from '../../storage/index.js';
import type { ProcessPool } from '../processes/process-pool.js';

/** What evaluations need. */
export interface EvaluationServices {
  readonly artifacts: ArtifactStore;
  readonly trials: TrialStore;
  readonly shared: EvaluationResultStore;
  readonly pool: ProcessPool;
  readonly projectRoot: string;
  /** Milliseconds that an evaluation gets to save a checkpoint when it is asked to park. */
  readonly graceTime: number;
}

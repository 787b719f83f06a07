import type { Metrics } from '../algorithms/contract/index.js';
import {
  type ArtifactStore,
  FileBlobStore,
  EvaluationResultStore,
  type TrialStore,
  VouchedDefinitions,
} from '../storage/index.js';
import { EvaluateLightActivity } from './evaluate-light.js';
import { EvaluateActivity } from './evaluate.js';
import {
  type EvaluateInput,
  type EvaluateResult,
  type LightEvaluateInput,
  type MeasureInput,
  LoadedSettings,
} from '../evaluation/index.js';
import { MeasureActivity } from './measure.js';
import type { ProcessPool } from '../evaluation/processes/index.js';
import { SearchModules } from '../evaluation/inside/index.js';
import { TableObjectives } from '../evaluation/tables/index.js';

/** What the activities about evaluation share in a worker. */
export interface EvaluationActivitiesOptions {
  readonly home: string;
  readonly artifacts: ArtifactStore;
  readonly trials: TrialStore;
  readonly pool: ProcessPool;
  /** Folder whose packages bundles import, and where commands run. */
  readonly projectRoot: string;
  /** Milliseconds that an evaluation has to save a checkpoint after the request to park; 10 s by default. */
  readonly graceTime?: number;
  /** Results by content key; by default below `home`. */
  readonly shared?: EvaluationResultStore;
  /** Folder of the built package; by default the one this module is part of. */
  readonly installation?: string;
}

/** The activities about evaluation, as a worker registers them. */
export interface EvaluationActivities {
  readonly evaluate: (input: EvaluateInput) => Promise<EvaluateResult>;
  readonly evaluateLight: (input: LightEvaluateInput) => Promise<EvaluateResult>;
  readonly measure: (input: MeasureInput) => Promise<Metrics>;
}

/**
 * Makes the activities about evaluation. `close` parks evaluations that run on without an activity attempt; call it
 * when the worker has stopped, then close the pool.
 */
export function createEvaluationActivities(options: EvaluationActivitiesOptions): {
  readonly activities: EvaluationActivities;
  readonly close: () => Promise<void>;
} {
  const { home, artifacts, trials, pool, projectRoot, graceTime = 10_000, installation } = options;
  const blobs = new FileBlobStore(home);
  const shared = options.shared ?? new EvaluationResultStore(blobs);
  const settings = new LoadedSettings(artifacts, new VouchedDefinitions(blobs));
  const modules = new SearchModules({
    home,
    artifacts,
    projectRoot,
    ...(installation === undefined ? {} : { installation }),
  });
  const evaluate = new EvaluateActivity(
    { artifacts, trials, shared, pool, projectRoot, graceTime },
    settings,
  );
  const tables = new TableObjectives();
  const light = new EvaluateLightActivity(artifacts, settings, modules, tables);
  const measure = new MeasureActivity(settings, modules, tables, pool, projectRoot);
  return {
    activities: {
      evaluate: async (input) => evaluate.evaluate(input),
      evaluateLight: async (input) => light.evaluate(input),
      measure: async (input) => measure.measure(input),
    },
    close: async () => evaluate.close(),
  };
}

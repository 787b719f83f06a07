import type { Slice } from '../algorithms/contract/index.js';
import type { Json } from '../foundation/json/index.js';
import type { Genome, Space } from '../search-spaces/index.js';
import type { LimitedTrainingTrial, TrainingTrial } from './classifier-options.js';

/** What a training of shared weights needs of its trial; the `trial` of an evaluate function has it. */
export interface SliceTrial extends Omit<LimitedTrainingTrial, 'checkpoint'> {
  readonly index: number;
  readonly slice: Slice;
  readonly checkpoint: {
    save(content: Uint8Array, step: number): Promise<void>;
    latest(): Promise<SavedWeights | null>;
  };
  values(numbers: readonly number[]): void;
  artifact(hash: string): Promise<Uint8Array>;
  draws(count: number, from?: number): Promise<readonly DrawnArchitecture[]>;
  architecture(): Promise<{ readonly space: Space; readonly genome: Genome; readonly reward: string }>;
}

/** An architecture that a slice draws. */
export interface DrawnArchitecture {
  readonly genome: Genome;
  readonly parameters: Json;
}

/** A checkpoint with the trial that saved it. */
export interface SavedWeights {
  readonly path: string;
  readonly trial: number;
  readonly step: number;
}

/** Whether a trial is a slice of a training that others share. */
export function isSliceTrial(trial: TrainingTrial | SliceTrial): trial is SliceTrial {
  return 'slice' in trial && trial.slice !== null;
}

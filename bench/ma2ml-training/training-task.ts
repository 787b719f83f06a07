import type { Json } from '../../foundation/json/index.js';
import { trainClassifier, TrainingError } from '../../training/index.js';
import { loneTrial } from '../lone-trial.js';

export const dataNames = ['mnist', 'fashion-mnist'] as const;

export type DataName = (typeof dataNames)[number];

/** A pipeline with the training that it gets. Equal tasks have equal results. */
export interface TrainingTask {
  readonly data: DataName;
  /** A point of the joint space. */
  readonly pipeline: Json;
  /** Of the initial weights, the order of examples and the augmentation; the split is always the same. */
  readonly seed: number;
  /** `search`: 1,000 examples, 4 epochs. `full`: 5,000 examples, 10 epochs, and the test set. */
  readonly length: 'search' | 'full';
}

/** Shares of right answers; 0 where the training diverged. */
export interface TrainingResult {
  readonly validation: number;
  /** Null after a short training, which never sees the test set. */
  readonly test: number | null;
}

const lengths = {
  search: { trainingExamples: 1000, epochs: 4, test: false },
  full: { trainingExamples: 5000, epochs: 10, test: true },
} as const;

/** Trains a pipeline. */
export async function runTraining({ data, pipeline, seed, length }: TrainingTask): Promise<TrainingResult> {
  const train = trainClassifier({ dataset: data, validationExamples: 1000, ...lengths[length] });
  try {
    const { accuracy, testAccuracy } = await train(pipeline, loneTrial(`ma2ml-training-${seed}`));
    return { validation: accuracy, test: testAccuracy ?? null };
  } catch (error) {
    if (!(error instanceof TrainingError) || error.failureClass !== 'Diverged') throw error;
    return { validation: 0, test: length === 'full' ? 0 : null };
  }
}

import type { StepNumbers } from './optimizers.js';

/** The numbers of a training that live from step to step, by name: parameters, running averages and slots. */
export type TrainingState = ReadonlyMap<string, Float32Array>;

/** Sums over the examples of an evaluation. */
export interface EvaluationSums {
  readonly loss: number;
  readonly correct: number;
}

/** One step at a time of a training: a pure function of the state, the step's number and seed, and the indices. */
export interface TrainingStep {
  /** Names and sizes of the state. */
  readonly stateSizes: ReadonlyMap<string, number>;
  /** Has the examples of a batch at hand and begins to fetch those of the next, where they are not in memory. */
  prepare?(indices: Int32Array, next: Int32Array): Promise<void>;
  /** Trains on examples by their indices in the data set; returns their mean loss before the step. */
  train(indices: Int32Array, numbers: StepNumbers, step: number, seeds: SeedOf): number;
  /** Several steps in one call, where that is faster. */
  readonly several?: SeveralSteps;
  evaluate(indices: Int32Array): EvaluationSums;
  read(): TrainingState;
  write(state: TrainingState): void;
  close(): void;
}

/** As many calls of `train` with batches of one size, to the same bits. */
export interface SeveralSteps {
  readonly count: number;
  /** Steps of a training from which on several steps a call are faster: TensorFlow's first calls take longer. */
  readonly worthwhileFrom: number;
  /** Trains on `count` batches that lie one after another, from the step `first` on; returns their losses. */
  train(
    indices: Int32Array,
    numbers: readonly StepNumbers[],
    first: number,
    seeds: SeedOf,
  ): readonly number[];
}

/** Seed of the random numbers of a use, the same in all steps. */
export type SeedOf = (use: string) => number;

import type { ComputationMode, NetworkGraph, Parallelism, Shape } from 'duramen/training';

/** The task of a contender, as JSON: the same for all but for threads and mode. */
export interface Task {
  readonly network: NetworkGraph;
  /** Shapes of the values by name, without the batch. */
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly batchSize: number;
  readonly threads: number;
  readonly mode: ComputationMode;
  /** For Duramen alone; absent: its default. */
  readonly parallelism?: Parallelism;
  readonly learningRate: number;
  readonly momentum: number;
  readonly imageShape: readonly number[];
  /** Files with the training images (bytes) and their labels (32-bit integers). */
  readonly images: string;
  readonly labels: string;
  readonly mean: number;
  readonly deviation: number;
}

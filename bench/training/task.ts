import type { ComputationMode, NetworkGraph, Parallelism, Shape } from 'duramen/training';

/** What a contender is told, as JSON: the same for all but for threads and mode. */
export interface Task {
  readonly network: NetworkGraph;
  /** Shapes of the values by name, without the batch. */
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly batchSize: number;
  readonly threads: number;
  readonly mode: ComputationMode;
  /** Of ours alone; absent: the usual one. */
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

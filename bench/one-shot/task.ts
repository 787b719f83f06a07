import type { Shape, Supernetwork } from '../../training/index.js';

/** What all contenders of a mixture are told, as JSON. */
export interface MixtureTask {
  readonly network: Supernetwork;
  /** Shapes of the values by name, without the batch. */
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly batchSize: number;
  readonly threads: 1;
  readonly learningRate: number;
  readonly momentum: number;
  readonly imageShape: readonly [number, number, number];
  /** Files with images (bytes) and their labels (32-bit integers). */
  readonly images: string;
  readonly labels: string;
  readonly mean: number;
  readonly deviation: number;
}

/** The same for paths. */
export interface PathsTask extends MixtureTask {
  /** Paths that steps take one after another, an outcome for each layer. */
  readonly children: readonly (readonly number[])[];
}

/** What Duramen's own process does with the children. */
export type OwnWay = 'path' | 'alone' | 'gating';

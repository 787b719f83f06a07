/** Labelled images in memory: grey values or channels in 0 … 255, one image after the other. */
export interface DataSet {
  readonly name: string;
  /** Tells data sets of other content apart. */
  readonly hash: string;
  readonly classes: number;
  /** Height, width and channels of each image. */
  readonly imageShape: readonly [number, number, number];
  readonly images: Uint8Array;
  /** Class of each image, from 0. */
  readonly labels: Int32Array;
  /** Images that the data set's authors set apart for testing; null when there are none. */
  readonly testFrom: number | null;
  /** What the pixels, divided by 255, are brought to mean 0 and deviation 1 with. */
  readonly mean: number;
  readonly deviation: number;
}

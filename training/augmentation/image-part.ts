import type { Value } from '../tensorflow-graph/graph-writer.js';

/** Some images of a batch and the numbers that were drawn for each of them, in vectors. */
export interface ImagePart {
  /** Of type uint8 and sizes [images, height, width, channels]. */
  readonly images: Value;
  readonly draws: ImageDraws;
}

export interface ImageDraws {
  readonly magnitude: Value;
  /** Two uniform numbers in [0, 1), for places. */
  readonly first: Value;
  readonly second: Value;
  /** Which of the geometric operations it is. */
  readonly geometry: Value;
  /** Which of the policy's fills pixels from outside get. */
  readonly fill: Value;
}

/** What is the same for all images. */
export interface ImageFacts {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Pixels by the number of the fill, of type uint8 and sizes [fills, channels]. */
  readonly fills: Value;
}

import type { Value } from '../tensorflow-graph/graph-writer.js';

/** Some images of a batch and the numbers that were drawn for each of them, in vectors. */
export interface ImagePart {
  /** Of type uint8 and sizes [images, height, width, channels]. */
  readonly images: Value;
  readonly draws: ImageDraws;
}

/** Numbers that the writer drew for each image of a part, one vector entry an image. */
export interface ImageDraws {
  readonly magnitude: Value;
  /** With `second`: uniform numbers in [0, 1) from which operations choose a pixel or an offset. */
  readonly first: Value;
  readonly second: Value;
  /** Number of the image's geometric operation (`geometryNumber`). */
  readonly geometry: Value;
  /** Number of the fill for pixels that come from outside the image. */
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

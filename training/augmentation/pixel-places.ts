import type { Value } from '../tensorflow-graph/graph-writer.js';
import type { ImageFacts } from './image-part.js';
import type { TensorArithmetic } from './tensor-arithmetic.js';

/*
 * `gatheredPixels` takes pixels from a list: those of all images in their order, then the fills. TensorFlow gathers
 * whole pixels by index several times faster than it chooses between values one by one.
 */

/** Where the pixels of images come from, of sizes [images, height · width] or what is broadcast to it. */
export interface PixelPlaces {
  /** Index within the own image, counted along its rows. */
  readonly place: Value;
  readonly isOwn: Value;
  /** Index in the list of a pixel that is not of the own image. */
  readonly other: Value;
}

/** The images that are made of these pixels. */
export function gatheredPixels(
  math: TensorArithmetic,
  images: Value,
  { place, isOwn, other }: PixelPlaces,
  { height, width, channels, fills }: ImageFacts,
): Value {
  const own = math.add(place, imageStarts(math, images, height * width));
  const distance = math.subtract(own, other);
  const index = math.add(math.multiply(math.cast(isOwn, 'int32'), distance), other);
  const pixels = math.concatenate([math.reshape(images, -1, channels), fills], [-1, channels]);
  return math.reshape(math.gather(pixels, math.reshape(index, -1)), -1, height, width, channels);
}

/** Index in the list of each image's first pixel, of sizes [images, 1]. */
export function imageStarts(math: TensorArithmetic, images: Value, size: number): Value {
  return math.reshape(math.multiply(math.range(math.count(images)), size), -1, 1);
}

/** Index in the list of each image's fill, of sizes [images, 1]. */
export function fillPlace(
  math: TensorArithmetic,
  images: Value,
  fill: Value,
  { height, width }: ImageFacts,
): Value {
  const end = math.multiply(math.count(images), height * width);
  return math.reshape(math.add(math.cast(fill, 'int32'), end), -1, 1);
}

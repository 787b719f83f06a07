/** Sizes without the batch: `[height, width, channels]` of an image, `[features]` of a vector. */
export type Shape = readonly number[];

/** Height, width and channels of an image. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** How many numbers a tensor of this shape holds. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

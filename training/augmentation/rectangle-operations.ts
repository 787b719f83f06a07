import { type } from '../tensorflow-graph/attribute.js';
import type { Value } from '../tensorflow-graph/graph-writer.js';
import type { ImageDraws, ImageFacts, ImagePart } from './image-part.js';
import { fillPlace, gatheredPixels, imageStarts } from './pixel-places.js';
import type { TensorArithmetic } from './tensor-arithmetic.js';

/** Fills a square around a random pixel; its part outside the image is lost. */
export function cutout(math: TensorArithmetic, { images, draws }: ImagePart, facts: ImageFacts): Value {
  const side = math.round(draws.magnitude);
  const { outside } = rectangle(math, draws, { height: side, width: side }, facts);
  const other = fillPlace(math, images, draws.fill, facts);
  return gatheredPixels(math, images, { place: ownPlaces(math, facts), isOwn: outside, other }, facts);
}

/** Images mixed with others of their batch, and how much of each is left. */
export interface Mixture {
  readonly images: Value;
  /** Share of the image's own label; the rest is of the example at the same index of the reversed batch. */
  readonly own: Value;
}

/** What a mixture needs to know of each image: whether it is mixed (1 or 0) and the share that was drawn for it. */
interface Mixed {
  readonly isMixed: Value;
  readonly share: Value;
}

/** Weighted means of images (mixup, arXiv 1710.09412), rounded to whole values. */
export function mixup(math: TensorArithmetic, images: Value, { isMixed, share }: Mixed): Mixture {
  const own = math.add(math.multiply(isMixed, math.subtract(share, 1)), 1);
  const values = math.floats(images);
  const weight = math.reshape(own, -1, 1, 1, 1);
  const others = math.floats(math.reversed(images));
  const sum = math.add(others, math.multiply(weight, math.subtract(values, others)));
  return { images: math.cast(math.round(sum), 'uint8'), own };
}

/** A rectangle of each image is that of another one (CutMix, arXiv 1905.04899); labels count by area. */
export function cutmix(
  math: TensorArithmetic,
  images: Value,
  { isMixed, share }: Mixed,
  draws: ImageDraws,
  facts: ImageFacts,
): Mixture {
  const side = math.multiply(math.unary('Sqrt', math.subtract(1, share)), isMixed);
  const extent = {
    height: math.floor(math.multiply(side, facts.height)),
    width: math.floor(math.multiply(side, facts.width)),
  };
  const { outside, area } = rectangle(math, draws, extent, facts);
  const size = facts.height * facts.width;
  const place = ownPlaces(math, facts);
  const other = math.add(place, math.reversed(imageStarts(math, images, size)));
  return {
    images: gatheredPixels(math, images, { place, isOwn: outside, other }, facts),
    own: math.subtract(1, math.divide(area, size)),
  };
}

/** Shares drawn from beta distributions with both parameters `alpha`, one for each image. */
export function betaShares(math: TensorArithmetic, alpha: Value, count: Value, seed: Value): Value {
  const { graph } = math;
  const sizes = math.stack([graph.integer(2), count]);
  const output = { type: 'float', sizes: [2, -1] } as const;
  const gammas = graph.op('StatelessRandomGammaV2', [sizes, seed, alpha], output, {
    dtype: type('float'),
    T: type('int32'),
    Tseed: type('int32'),
  });
  const [one, other] = math.unstack(gammas, 0, 2);
  if (one === undefined || other === undefined) throw new Error('There are two parts.');
  // Both may be too small for a float when alpha is small.
  return math.divide(one, math.maximum(math.add(one, other), 1e-37));
}

function ownPlaces({ graph }: TensorArithmetic, { height, width }: ImageFacts): Value {
  const size = height * width;
  return graph.constant(
    'int32',
    [1, size],
    Int32Array.from({ length: size }, (_none, i) => i),
  );
}

// Which pixels are outside, of sizes [images, height · width], and how many of each image are inside.
function rectangle(
  math: TensorArithmetic,
  { first, second }: ImageDraws,
  extent: { readonly height: Value; readonly width: Value },
  { height, width }: ImageFacts,
): { readonly outside: Value; readonly area: Value } {
  const along = (unit: Value, length: Value, size: number): readonly [Value, Value] => {
    const centre = math.floor(math.multiply(unit, size));
    const start = math.subtract(centre, math.floor(math.divide(length, 2)));
    const end = math.add(start, length);
    const covered = math.subtract(math.clip(end, 0, size), math.clip(start, 0, size));
    const place = math.graph.constant(
      'float',
      [1, size],
      Float32Array.from({ length: size }, (_none, i) => i),
    );
    const isAfter = math.atLeast(place, math.reshape(start, -1, 1));
    return [math.both(isAfter, math.less(place, math.reshape(end, -1, 1))), covered];
  };
  const [columns, columnCount] = along(first, extent.width, width);
  const [rows, rowCount] = along(second, extent.height, height);
  const inside = math.both(math.reshape(rows, -1, height, 1), math.reshape(columns, -1, 1, width));
  return {
    outside: math.not(math.reshape(inside, -1, height * width)),
    area: math.multiply(columnCount, rowCount),
  };
}

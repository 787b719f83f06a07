import type { Value } from '../tensorflow-graph/graph-writer.js';
import type { AugmentationOperationName } from './augmentation-operations.js';
import type { ImageDraws, ImageFacts, ImagePart } from './image-part.js';
import { fillPlace, gatheredPixels } from './pixel-places.js';
import type { TensorArithmetic } from './tensor-arithmetic.js';

/*
 * A geometric operation is an affine map from the places of pixels of the result to those of the image, as in PIL:
 * places are the centres of pixels, and a pixel of the result is the one that its place falls into.
 */

/** What the entries of a map are sums of: 1, the magnitude, cosine and sine of it in degrees, the crop's offsets. */
type Terms = Readonly<Partial<Record<'one' | 'magnitude' | 'cosine' | 'sine' | 'right' | 'down', number>>>;
const termNames = ['one', 'magnitude', 'cosine', 'sine', 'right', 'down'] as const;

/** x = a·x + b·y + c and y = d·x + e·y + f; what is left out is as in the identity. */
type AffineMap = Readonly<Partial<Record<'a' | 'b' | 'c' | 'd' | 'e' | 'f', Terms>>>;

const geometricNames = [
  ...(['identity', 'horizontalFlip', 'verticalFlip', 'randomCrop', 'shearX', 'shearY'] as const),
  ...(['translateX', 'translateY', 'rotate'] as const),
] as const satisfies readonly AugmentationOperationName[];

export type GeometricName = (typeof geometricNames)[number];

/** Whether an operation moves pixels. */
export function isGeometric(op: AugmentationOperationName): op is GeometricName {
  return geometricNames.some((name) => name === op);
}

/** The number of a geometric operation; others have that of the identity. */
export function geometryNumber(op: AugmentationOperationName): number {
  return isGeometric(op) ? geometricNames.indexOf(op) : 0;
}

function mapOf(op: GeometricName, width: number, height: number): AffineMap {
  switch (op) {
    case 'identity':
      return {};
    case 'horizontalFlip':
      return { a: { one: -1 }, c: { one: width } };
    case 'verticalFlip':
      return { e: { one: -1 }, f: { one: height } };
    case 'randomCrop':
      return { c: { right: 1 }, f: { down: 1 } };
    case 'shearX':
      return { b: { magnitude: 1 } };
    case 'shearY':
      return { d: { magnitude: 1 } };
    case 'translateX':
      return { c: { magnitude: 1 } };
    case 'translateY':
      return { f: { magnitude: 1 } };
    case 'rotate': {
      // Counter-clockwise around the centre.
      const [x, y] = [width / 2, height / 2];
      return {
        a: { cosine: 1 },
        b: { sine: -1 },
        c: { one: x, cosine: -x, sine: y },
        d: { sine: 1 },
        e: { cosine: 1 },
        f: { one: y, cosine: -y, sine: -x },
      };
    }
    default: {
      const never: never = op;
      throw new Error(`Unknown operation ${String(never)}.`);
    }
  }
}

/** The maps of images, of sizes [images, 3, 3] with the last row 0, 0, 1. */
export function geometricMaps(
  math: TensorArithmetic,
  { magnitude, first, second, geometry }: ImageDraws,
  { width, height }: ImageFacts,
): Value {
  const identity = { a: { one: 1 }, e: { one: 1 } };
  const rows = geometricNames.flatMap((op) => {
    const map: AffineMap = { ...identity, ...mapOf(op, width, height) };
    const { a = {}, b = {}, c = {}, d = {}, e = {}, f = {} } = map;
    return [a, b, c, d, e, f, {}, {}, { one: 1 }].flatMap((terms: Terms) =>
      termNames.map((name) => terms[name] ?? 0),
    );
  });
  const table = math.graph.constant('float', [geometricNames.length, 9, 6], Float32Array.from(rows));
  const angle = math.multiply(magnitude, Math.PI / 180);
  // A crop with a margin of m starts at one of the 2m + 1 places from −m to m.
  const margin = math.round(magnitude);
  const places = math.add(math.multiply(margin, 2), 1);
  const offset = (unit: Value): Value => math.subtract(math.floor(math.multiply(unit, places)), margin);
  const one = math.add(math.multiply(magnitude, 0), 1);
  const basis = math.stack(
    [one, magnitude, math.unary('Cos', angle), math.unary('Sin', angle), offset(first), offset(second)],
    1,
  );
  const terms = math.multiply(
    math.gather(table, math.cast(geometry, 'int32')),
    math.reshape(basis, -1, 1, termNames.length),
  );
  return math.reshape(math.reduce('Sum', terms, 2, false), -1, 3, 3);
}

/** Takes every pixel of the result from the place that its image's map says. */
export function resampled(
  math: TensorArithmetic,
  images: Value,
  maps: Value,
  fill: Value,
  facts: ImageFacts,
): Value {
  const { graph } = math;
  const { height, width } = facts;
  const size = height * width;
  const centres = Float32Array.from({ length: 3 * size }, (_none, i) => {
    const pixel = i % size;
    if (i >= 2 * size) return 1;
    return 0.5 + (i < size ? pixel % width : Math.floor(pixel / width));
  });
  const rows = math.reshape(math.first(maps, 1, 2), -1, 3);
  const places = math.floor(math.matrixProduct(rows, graph.constant('float', [3, size], centres)));
  const [x, y] = math.unstack(math.reshape(places, -1, 2, size), 1, 2);
  if (x === undefined || y === undefined) throw new Error('A place has two coordinates.');
  const insideX = math.clip(x, 0, width - 1);
  const insideY = math.clip(y, 0, height - 1);
  const isInside = math.both(math.equal(x, insideX), math.equal(y, insideY));
  const place = math.cast(math.add(math.multiply(insideY, width), insideX), 'int32');
  return gatheredPixels(
    math,
    images,
    { place, isOwn: isInside, other: fillPlace(math, images, fill, facts) },
    facts,
  );
}

/** Flips, crops, shears, translations and rotations. */
export function geometric(math: TensorArithmetic, { images, draws }: ImagePart, facts: ImageFacts): Value {
  return resampled(math, images, geometricMaps(math, draws, facts), draws.fill, facts);
}

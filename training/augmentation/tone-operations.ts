import { flag, ints, text, type } from '../tensorflow-graph/attribute.js';
import type { Value } from '../tensorflow-graph/graph-writer.js';
import type { ImageFacts, ImagePart } from './image-part.js';
import type { TensorArithmetic } from './tensor-arithmetic.js';

/*
 * Operations on the values of pixels, with the results of PIL's ImageOps and ImageEnhance: whole numbers from 0 to 255
 * go in and come out.
 */

/** Gives the images that an operation makes of some. */
export type ToneOperation = (math: TensorArithmetic, part: ImagePart, facts: ImageFacts) => Value;

/** Grey of RGB by ITU-R 601 in units of 2^-16, as PIL has it. */
const greyWeights = [19595, 38470, 7471] as const;

export const invert: ToneOperation = (math, { images }, facts) =>
  asImages(math, math.subtract(255, asRows(math, images, facts)), facts);

/** Inverts the values from a threshold on. */
export const solarize: ToneOperation = (math, { images, draws }, facts) => {
  const values = asRows(math, images, facts);
  const inverted = math.subtract(255, values);
  const stays = math.floats(math.less(values, column(math, draws.magnitude)));
  const solarized = math.add(inverted, math.multiply(stays, math.subtract(values, inverted)));
  return asImages(math, solarized, facts);
};

/** Keeps the highest bits of each value. */
export const posterize: ToneOperation = (math, { images, draws }, facts) => {
  const bits = math.cast(math.round(draws.magnitude), 'int32');
  const powers = Float32Array.from({ length: 9 }, (_none, kept) => 2 ** (8 - kept));
  const step = column(math, math.gather(math.graph.constant('float', [9], powers), bits));
  const values = asRows(math, images, facts);
  return asImages(math, math.multiply(math.floor(math.divide(values, step)), step), facts);
};

export const brightness: ToneOperation = (math, { images, draws }, facts) => {
  const values = math.multiply(asRows(math, images, facts), column(math, draws.magnitude));
  return asImages(math, math.floor(math.minimum(values, 255)), facts);
};

/** Blends with the mean grey of the image. */
export const contrast: ToneOperation = (math, { images, draws }, facts) => {
  const values = asRows(math, images, facts);
  const grey = math.reshape(greyPixels(math, values, facts, 1), -1, facts.height * facts.width);
  const sum = math.reduce('Sum', grey, 1, true);
  const mean = math.round(math.divide(sum, facts.height * facts.width));
  return asImages(math, blended(math, values, mean, draws.magnitude), facts);
};

/** Blends with the grey image. Images that are not of three channels have no colour: they stay. */
export const color: ToneOperation = (math, { images, draws }, facts) => {
  if (facts.channels !== 3) return images;
  const values = asRows(math, images, facts);
  const grey = math.reshape(greyPixels(math, values, facts, 3), -1, rowLength(facts));
  return asImages(math, blended(math, values, grey, draws.magnitude), facts);
};

/** Blends with the image smoothed by a 3 × 3 kernel of ones around a five; the edges stay. */
export const sharpness: ToneOperation = (math, { images, draws }, facts) => {
  const { height, width, channels } = facts;
  if (height < 3 || width < 3) return images;
  const { graph } = math;
  const kernel = Float32Array.from({ length: 9 * channels }, (_none, i) =>
    Math.floor(i / channels) === 4 ? 5 : 1,
  );
  const values = math.floats(images);
  const sums = graph.float(
    'DepthwiseConv2dNative',
    [values, graph.constant('float', [3, 3, channels, 1], kernel)],
    [-1, height - 2, width - 2, channels],
    { strides: ints([1, 1, 1, 1]), padding: text('VALID'), data_format: text('NHWC') },
  );
  const inner = math.round(math.divide(sums, 13));
  const margins = graph.constant('int32', [4, 2], Int32Array.of(0, 0, 1, 1, 1, 1, 0, 0));
  const padded = graph.float('Pad', [inner, margins], values.sizes, { Tpaddings: type('int32') });
  const isEdge = Float32Array.from({ length: rowLength(facts) }, (_none, i) => {
    const pixel = Math.floor(i / channels);
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return x === 0 || y === 0 || x === width - 1 || y === height - 1 ? 1 : 0;
  });
  const rows = math.reshape(values, -1, rowLength(facts));
  const edges = math.multiply(rows, graph.constant('float', [1, rowLength(facts)], isEdge));
  const smooth = math.add(math.reshape(padded, -1, rowLength(facts)), edges);
  return asImages(math, blended(math, rows, smooth, draws.magnitude), facts);
};

/** Stretches the values of each channel to 0 … 255. */
export const autoContrast: ToneOperation = (math, { images }, facts) => {
  const values = math.reshape(math.floats(images), -1, facts.height * facts.width, facts.channels);
  const lowest = math.reduce('Min', values, 1, true);
  const range = math.subtract(math.reduce('Max', values, 1, true), lowest);
  // A channel of one value stays.
  const kept = math.multiply(lowest, math.floats(math.equal(range, 0)));
  const raised = math.multiply(math.subtract(values, lowest), 255);
  const stretched = math.floor(math.divide(raised, math.maximum(range, 1)));
  return asImages(math, math.add(stretched, kept), facts);
};

/** Makes the values of each channel equally frequent. */
export const equalize: ToneOperation = (math, { images }, facts) => {
  const { graph } = math;
  const { height, width, channels } = facts;
  const rows = math.cast(math.reshape(images, -1, rowLength(facts)), 'int32');
  // Every channel has 256 counters of its own.
  const first = Int32Array.from({ length: rowLength(facts) }, (_none, i) => 256 * (i % channels));
  const index = math.add(rows, graph.constant('int32', [1, rowLength(facts)], first));
  const counted = [
    [index, graph.integer(256 * channels), graph.constant('int32', [0], new Int32Array(0))],
    { type: 'int32', sizes: [-1, 256 * channels] },
    { Tidx: type('int32'), T: type('int32'), binary_output: flag(false) },
  ] as const;
  // TensorFlow refuses to count on a GPU when counts must be repeatable.
  const counts =
    graph.kernels === 'any'
      ? graph.op('DenseBincount', ...counted)
      : graph.processorOp('DenseBincount', ...counted);
  const histogram = math.reshape(math.floats(counts), -1, 256);
  const below = graph.float('Cumsum', [histogram, graph.integer(1)], histogram.sizes, {
    Tidx: type('int32'),
    exclusive: flag(true),
  });
  const total = height * width;
  // Pixels below the largest value that there is.
  const others = math.reduce('Max', math.multiply(below, math.floats(math.less(below, total))), 1, true);
  const step = math.floor(math.divide(others, 255));
  const half = math.floor(math.divide(step, 2));
  const equalized = math.minimum(math.floor(math.divide(math.add(below, half), math.maximum(step, 1))), 255);
  // Keep a channel with fewer than 255 such pixels, as PIL does: its step would be zero.
  const values = Float32Array.from({ length: 256 }, (_none, value) => value);
  const same = graph.constant('float', [1, 256], values);
  const stays = math.floats(math.equal(step, 0));
  const table = math.add(equalized, math.multiply(stays, math.subtract(same, equalized)));
  const tables = math.cast(math.reshape(table, -1, 256 * channels), 'uint8');
  return math.reshape(math.gatherEach(tables, index), -1, height, width, channels);
};

// Grey in each of `copies` channels, one row for each pixel.
function greyPixels(math: TensorArithmetic, values: Value, { channels }: ImageFacts, copies: 1 | 3): Value {
  const pixels = math.reshape(values, -1, channels);
  if (channels === 1) return pixels;
  const isColor = channels === 3;
  const weights = Float32Array.from({ length: channels * copies }, (_none, i) =>
    isColor ? (greyWeights[Math.floor(i / copies)] ?? 0) : 1,
  );
  const sums = math.matrixProduct(pixels, math.graph.constant('float', [channels, copies], weights));
  // Whole numbers below 2^24 all the way: the result is exact.
  return math.round(math.divide(sums, isColor ? 2 ** 16 : channels));
}

// The factor is 1 for the image itself and 0 for the one that lacks what is changed.
function blended(math: TensorArithmetic, values: Value, lacking: Value, factor: Value): Value {
  const difference = math.subtract(values, lacking);
  const sum = math.add(lacking, math.multiply(difference, column(math, factor)));
  return math.floor(math.clip(sum, 0, 255));
}

function rowLength({ height, width, channels }: ImageFacts): number {
  return height * width * channels;
}

function asRows(math: TensorArithmetic, images: Value, facts: ImageFacts): Value {
  return math.reshape(math.floats(images), -1, rowLength(facts));
}

function asImages(math: TensorArithmetic, values: Value, { height, width, channels }: ImageFacts): Value {
  return math.reshape(math.cast(values, 'uint8'), -1, height, width, channels);
}

function column(math: TensorArithmetic, vector: Value): Value {
  return math.reshape(vector, -1, 1);
}

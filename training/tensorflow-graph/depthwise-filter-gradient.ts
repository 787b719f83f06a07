import type { Padding } from '../../networks/network-graph/index.js';
import type { Sizes } from './attribute.js';
import { flag, int, type } from './attribute.js';
import { bordered, reshaped, size } from './basic-operations.js';
import type { GraphWriter, Value } from './graph-writer.js';
import { some } from './non-empty-list.js';
import { shiftedFilterGradient } from './shifted-filter-gradient.js';
import { windowAttributes } from './windows.js';
import type { Windows } from './windows.js';

/** An image and the gradient of its convolution, side by side. */
interface Pair {
  /** [batch, height, width, channels] */
  readonly image: Value;
  /** [batch, height, width, channels · multiplier] */
  readonly gradient: Value;
}

/**
 * The gradient of the filters of a depthwise convolution without dilation, of `sizes` [height, width, channels, multiplier],
 * from the image and the gradient of the result.
 *
 * oneDNN, which computes TensorFlow's operation, has a quick kernel (`jit_dw`) for filters of up to three columns and any
 * number of rows, and takes more than ten times as long for wider ones. Wider gradients are therefore put together from
 * gradients of three columns. The sizes alone decide about the form: a measurement could decide otherwise in the next
 * process and give other bits.
 */
export function depthwiseFilterGradient(
  graph: GraphWriter,
  pair: Pair,
  sizes: Sizes,
  windows: Windows,
): Value {
  if (graph.kernels === 'deterministicOnGpus') return shiftedFilterGradient(graph, pair, sizes, windows);
  switch (formOf(sizes, windows)) {
    case 'whole':
      return wholeGradient(graph, pair, sizes, windows);
    case 'views':
      return gradientByViews(graph, pair, sizes, windows.padding);
    case 'grids':
      return gradientByGrids(graph, pair, sizes);
  }
}

type Form = 'whole' | 'views' | 'grids';

function formOf([, columns = 1, , multiplier = 1]: Sizes, { stride, padding }: Windows): Form {
  // The quick kernel has one result a channel. Even widths have no column in their middle.
  if (columns <= 3 || columns % 2 === 0 || multiplier > 1) return 'whole';
  if (stride === 1) return 'views';
  return stride === 2 && padding === 'same' ? 'grids' : 'whole';
}

function wholeGradient(graph: GraphWriter, { image, gradient }: Pair, sizes: Sizes, windows: Windows): Value {
  return graph.float(
    'DepthwiseConv2dNativeBackpropFilter',
    [image, graph.integers(...sizes), gradient],
    sizes,
    windowAttributes(windows),
  );
}

/**
 * Stride 1 and an odd number of columns: where every `distance` neighbouring columns of an image are seen as one with
 * so many times the channels (the same memory), the columns of a filter three wide lie `distance` apart. Each distance
 * gives one column to the left and one to the right of the middle.
 */
function gradientByViews(graph: GraphWriter, pair: Pair, sizes: Sizes, padding: Padding): Value {
  const [rows = 1, columns = 1, channels = 1, multiplier = 1] = sizes;
  const reach = (columns - 1) / 2;
  const distances = Array.from({ length: reach }, (_none, i) => reach - i);
  const parts = distances.map((distance) => gradientAtDistance(graph, pair, sizes, padding, distance));
  if (parts.length === 1) return some(parts)[0];
  // The outer columns of each part, from the farthest to the nearest and back, around the middle one.
  const left = distances.map((_distance, i) => 3 * i);
  const order = [...left, 3 * reach - 2, ...left.map((place) => place + 2).reverse()];
  const all = joined(graph, parts, 1, [rows, 3 * reach, channels, multiplier]);
  return graph.op(
    'GatherV2',
    [all, graph.integers(...order), graph.integer(1)],
    { type: 'float', sizes },
    { Tparams: type('float'), Tindices: type('int32'), Taxis: type('int32'), batch_dims: int(0) },
  );
}

/** Three columns of the filter: the middle one, and those `distance` to its left and right. */
function gradientAtDistance(
  graph: GraphWriter,
  { image, gradient }: Pair,
  [rows = 1, columns = 1, channels = 1, multiplier = 1]: Sizes,
  padding: Padding,
  distance: number,
): Value {
  const width = size(image, 2);
  const missing = (distance - (width % distance)) % distance;
  // The quick kernel wants no fewer rows of the image than of the filter.
  const below = Math.max(rows - size(image, 1), 0);
  // The windows of a smaller filter start further to the right, and there are more of them.
  const outside = padding === 'valid' ? (columns - 1) / 2 - distance : 0;
  const view = (value: Value, before: number): Value =>
    seenAsChannels(graph, withZeros(graph, value, below, [before, before + missing]), distance);
  const seen = { image: view(image, 0), gradient: view(gradient, outside) };
  const windows = { stride: 1, padding, dilation: 1 };
  const part = wholeGradient(graph, seen, [rows, 3, distance * channels, multiplier], windows);
  if (distance === 1) return part;
  const apart = withSizes(graph, part, [rows * 3, distance, channels * multiplier]);
  const sum = graph.float('Sum', [apart, graph.integers(1)], [rows * 3, channels * multiplier], {
    Tidx: type('int32'),
    keep_dims: flag(false),
  });
  return withSizes(graph, sum, [rows, 3, channels, multiplier]);
}

/**
 * Stride 2 where the image is padded (`same`): the pixels of even rows and columns are an image of their own, and so are the
 * three other such grids. On each of them the windows move by one pixel, and their filters are half as large.
 */
function gradientByGrids(graph: GraphWriter, { image, gradient }: Pair, sizes: Sizes): Value {
  const [rows = 1, columns = 1, channels = 1, multiplier = 1] = sizes;
  const [high, wide] = [gridAxis(size(image, 1), rows), gridAxis(size(image, 2), columns)];
  const apart = graph.float(
    'SpaceToBatchND',
    [
      image,
      graph.integers(2, 2),
      graph.constant('int32', [2, 2], Int32Array.of(0, high.missing, 0, wide.missing)),
    ],
    [-1, high.length, wide.length, channels],
    { Tblock_shape: type('int32'), Tpaddings: type('int32') },
  );
  const grid = { type: 'float', sizes: apart.sizes } as const;
  const grids = graph.ops('Split', [graph.integer(0), apart], [grid, grid, grid, grid], {
    T: type('float'),
    num_split: int(4),
  });
  const inner = [high.window, wide.window, channels, multiplier];
  const parts = grids.map((each) => gradientByViews(graph, { image: each, gradient }, inner, 'same'));
  // The filters of two grids with the same rows alternate in columns, then both pairs in rows.
  const across = [parts.slice(0, 2), parts.slice(2)].map((pair) => {
    const both = joined(graph, pair, 2, [high.window, wide.window, 2 * channels, multiplier]);
    return withSizes(graph, both, [high.window, 2 * wide.window * channels * multiplier]);
  });
  const all = joined(graph, across, 1, [high.window, 4 * wide.window * channels * multiplier]);
  const whole = withSizes(graph, all, [2 * high.window, 2 * wide.window, channels, multiplier]);
  return sliced(graph, whole, [high.first, wide.first, 0, 0], sizes);
}

/** An axis of an image and its windows of stride 2, and what becomes of them on the grid of every second pixel. */
function gridAxis(
  pixels: number,
  window: number,
): { readonly length: number; readonly missing: number; readonly window: number; readonly first: number } {
  const length = Math.ceil(pixels / 2);
  // TensorFlow's padding `same`: the smaller half of what is missing comes first.
  const before = Math.max(2 * (length - 1) + window - pixels, 0) >> 1;
  const reach = Math.max(Math.ceil(before / 2), Math.floor((window - 1 - before) / 2));
  return { length, missing: 2 * length - pixels, window: 2 * reach + 1, first: 2 * reach - before };
}

/** Zeros below an image and at the ends of its rows. */
function withZeros(
  graph: GraphWriter,
  value: Value,
  below: number,
  [before, after]: readonly [number, number],
): Value {
  if (below + before + after === 0) return value;
  const around = [
    [0, 0],
    [0, below],
    [before, after],
    [0, 0],
  ] as const;
  return bordered(graph, value, around);
}

function seenAsChannels(graph: GraphWriter, value: Value, columns: number): Value {
  const [height, width, channels] = [size(value, 1), size(value, 2), size(value, 3)];
  return withSizes(graph, value, [-1, height, width / columns, columns * channels]);
}

function withSizes(graph: GraphWriter, value: Value, sizes: Sizes): Value {
  const isSame = sizes.length === value.sizes.length && sizes.every((length, i) => length === value.sizes[i]);
  return isSame ? value : reshaped(graph, value, sizes);
}

function sliced(graph: GraphWriter, value: Value, begin: readonly number[], sizes: Sizes): Value {
  if (sizes.every((length, i) => length === value.sizes[i])) return value;
  const inputs = [value, graph.integers(...begin), graph.integers(...sizes)];
  return graph.float('Slice', inputs, sizes, { Index: type('int32') });
}

function joined(graph: GraphWriter, values: readonly Value[], axis: number, sizes: Sizes): Value {
  if (values.length === 1) return some(values)[0];
  const attributes = { N: int(values.length), Tidx: type('int32') };
  return graph.float('ConcatV2', [...values, graph.integer(axis)], sizes, attributes);
}

import type { Attributes, Sizes } from './attribute.js';
import { flag, ints, text, type } from './attribute.js';
import {
  channelsOf,
  concatenate,
  padded,
  reduce,
  reshape,
  runtimeSizes,
  size,
  sumOf,
} from './basic-operations.js';
import { depthwiseFilterGradient } from './depthwise-filter-gradient.js';
import type { Value } from './graph-writer.js';
import { some } from './non-empty-list.js';
import type { Tape } from './tape.js';
import { windowAttributes } from './windows.js';
import type { Windows } from './windows.js';

/** A convolution; `kernel` is [height, width, input channels / groups, filters]. */
export function convolution(
  tape: Tape,
  image: Value,
  kernel: Value,
  windows: Windows,
  extent: readonly [number, number],
  groups = 1,
): Value {
  if (windows.stride > 1 && windows.dilation > 1) {
    return strided(tape, image, kernel, windows, extent, (from, inner, size) =>
      convolution(tape, from, kernel, inner, size, groups),
    );
  }
  if (groups === 1) return plainConvolution(tape, image, kernel, windows, extent);
  // TensorFlow's kernels for the gradients of grouped convolutions do not run everywhere.
  const inputs = size(image, 3) / groups;
  const filters = size(kernel, 3) / groups;
  const parts = Array.from({ length: groups }, (_none, group) =>
    plainConvolution(
      tape,
      channelsOf(tape, image, group * inputs, inputs),
      channelsOf(tape, kernel, group * filters, filters),
      windows,
      extent,
    ),
  );
  return concatenate(tape, some(parts));
}

function plainConvolution(
  tape: Tape,
  image: Value,
  kernel: Value,
  windows: Windows,
  [height, width]: readonly [number, number],
): Value {
  const { graph } = tape;
  const attributes = windowAttributes(windows);
  const output = graph.float('Conv2D', [image, kernel], [-1, height, width, size(kernel, 3)], attributes);
  return tape.record(output, [image, kernel], (gradient, needed) => [
    needed[0] === true
      ? graph.float(
          'Conv2DBackpropInput',
          [runtimeSizes(tape, image), kernel, gradient],
          image.sizes,
          attributes,
        )
      : null,
    needed[1] === true
      ? graph.float(
          'Conv2DBackpropFilter',
          [image, graph.integers(...kernel.sizes), gradient],
          kernel.sizes,
          attributes,
        )
      : null,
  ]);
}

/** A convolution of each channel by itself; `kernel` is [height, width, channels, multiplier]. */
export function depthwiseConvolution(
  tape: Tape,
  image: Value,
  kernel: Value,
  windows: Windows,
  extent: readonly [number, number],
): Value {
  const { dilation, padding } = windows;
  if (dilation === 1) return plainDepthwise(tape, image, kernel, windows, extent);
  if (windows.stride > 1) {
    return strided(tape, image, kernel, windows, extent, (from, inner, size) =>
      depthwiseConvolution(tape, from, kernel, inner, size),
    );
  }
  // TensorFlow's gradient of a dilated depthwise convolution ignores the dilation on the CPU: the pixels that a
  // window sees are brought together instead.
  const borders = [0, 1].map((axis) => {
    const reach = padding === 'same' ? (size(kernel, axis) - 1) * dilation : 0;
    const before = reach >> 1;
    const padded = size(image, axis + 1) + reach;
    const extra = (dilation - (padded % dilation)) % dilation;
    return { before, after: reach - before + extra, extra, blocks: (padded + extra) / dilation };
  });
  const [rows, columns] = borders;
  if (rows === undefined || columns === undefined) throw new Error('An image has two axes.');
  const channels = size(image, 3);
  const spread = rearrange(
    tape,
    'SpaceToBatchND',
    image,
    dilation,
    borders.map(({ before, after }) => [before, after]),
    [-1, rows.blocks, columns.blocks, channels],
  );
  const inner = [rows.blocks - size(kernel, 0) + 1, columns.blocks - size(kernel, 1) + 1] as const;
  const convolved = plainDepthwise(tape, spread, kernel, { stride: 1, padding: 'valid', dilation: 1 }, inner);
  return rearrange(
    tape,
    'BatchToSpaceND',
    convolved,
    dilation,
    borders.map(({ extra }) => [0, extra]),
    [-1, ...extent, size(convolved, 3)],
  );
}

function plainDepthwise(
  tape: Tape,
  image: Value,
  kernel: Value,
  windows: Windows,
  [height, width]: readonly [number, number],
): Value {
  const { graph } = tape;
  const attributes = windowAttributes(windows);
  const channels = size(kernel, 2) * size(kernel, 3);
  const sizes = [-1, height, width, channels];
  const output = graph.float('DepthwiseConv2dNative', [image, kernel], sizes, attributes);
  return tape.record(output, [image, kernel], (gradient, needed) => [
    needed[0] === true
      ? graph.float(
          'DepthwiseConv2dNativeBackpropInput',
          [runtimeSizes(tape, image), kernel, gradient],
          image.sizes,
          attributes,
        )
      : null,
    needed[1] === true ? depthwiseFilterGradient(graph, { image, gradient }, kernel.sizes, windows) : null,
  ]);
}

// A dilated convolution of which every so many-th output counts. Where the windows see only every so many-th pixel, too,
// the others are left out beforehand.
function strided(
  tape: Tape,
  image: Value,
  kernel: Value,
  { stride, padding, dilation }: Windows,
  extent: readonly [number, number],
  convolve: (image: Value, windows: Windows, extent: readonly [number, number]) => Value,
): Value {
  const reach = [0, 1].map((axis) => (size(kernel, axis) - 1) * dilation);
  const before = reach.map((pixels) => (padding === 'same' ? pixels >> 1 : 0));
  if ([dilation, ...before].every((pixels) => pixels % stride === 0)) {
    const windows = { stride: 1, padding, dilation: dilation / stride };
    return convolve(everyPixel(tape, image, stride), windows, extent);
  }
  const inner = reach.map((pixels, axis) => size(image, axis + 1) - (padding === 'same' ? 0 : pixels));
  const [height = 1, width = 1] = inner;
  return everyPixel(tape, convolve(image, { stride: 1, padding, dilation }, [height, width]), stride);
}

/** Every so many-th pixel of each row and column, from the first on. */
export function everyPixel(tape: Tape, image: Value, stride: number): Value {
  const [height = 1, width = 1] = [1, 2].map((axis) => Math.ceil(size(image, axis) / stride));
  // Averages over single pixels are several times as fast as a strided slice.
  return averagePooling(tape, image, { kernel: [1, 1], stride, padding: 'valid', extent: [height, width] });
}

/**
 * Two convolutions 1 × 1 of stride 2, the second of the image moved one pixel up and to the left with zeros entering, their
 * outputs joined. Both are one convolution 2 × 2 whose kernel has zeros elsewhere: no part of the image is copied.
 */
export function factorizedReduction(
  tape: Tape,
  image: Value,
  kernel: Value,
  shiftedKernel: Value,
  extent: readonly [number, number],
): Value {
  const [first, second] = [size(kernel, 3), size(shiftedKernel, 3)];
  const whole = sumOf(tape, [
    padded(tape, kernel, [
      [0, 1],
      [0, 1],
      [0, 0],
      [0, second],
    ]),
    padded(tape, shiftedKernel, [
      [1, 0],
      [1, 0],
      [0, 0],
      [first, 0],
    ]),
  ]);
  return plainConvolution(tape, image, whole, { stride: 2, padding: 'same', dilation: 1 }, extent);
}

// The two operations undo each other: the borders that one adds the other crops.
function rearrange(
  tape: Tape,
  op: 'SpaceToBatchND' | 'BatchToSpaceND',
  value: Value,
  block: number,
  borders: readonly (readonly number[])[],
  sizes: Sizes,
): Value {
  const { graph } = tape;
  const table = graph.constant('int32', [2, 2], Int32Array.from(borders.flat()));
  const apply = (name: typeof op, input: Value, result: Sizes): Value =>
    graph.float(name, [input, graph.integers(block, block), table], result, {
      Tblock_shape: type('int32'),
      [name === 'SpaceToBatchND' ? 'Tpaddings' : 'Tcrops']: type('int32'),
    });
  const opposite = op === 'SpaceToBatchND' ? 'BatchToSpaceND' : 'SpaceToBatchND';
  return tape.record(apply(op, value, sizes), [value], (gradient) => [
    apply(opposite, gradient, value.sizes),
  ]);
}

/** How windows of an image are pooled. */
export interface Pool extends Omit<Windows, 'dilation'> {
  readonly kernel: readonly [number, number];
  /** Height and width of the result. */
  readonly extent: readonly [number, number];
}

/** The average over windows, of the pixels of the image alone. */
export function averagePooling(tape: Tape, image: Value, pool: Pool): Value {
  const { graph } = tape;
  const attributes = poolAttributes(pool);
  const output = graph.float('AvgPool', [image], [-1, ...pool.extent, size(image, 3)], attributes);
  return tape.record(output, [image], (gradient) => [
    graph.float('AvgPoolGrad', [runtimeSizes(tape, image), gradient], image.sizes, attributes),
  ]);
}

/** The maximum over windows. */
export function maximumPooling(tape: Tape, image: Value, pool: Pool): Value {
  const { output, gradient } = maxima(tape, image, pool);
  // A maximum is clipped exactly where the element that it was taken from is: clipping the gradient of the smaller
  // image gives the same numbers.
  const clipping = tape.clipping(image);
  return tape.record(output, [clipping?.input ?? image], (slope) => [
    gradient(clipping?.gradient(slope, output) ?? slope),
  ]);
}

/** The maximum over windows, not differentiated, with the gradient of the image from its own. */
export function maxima(
  { graph }: Tape,
  image: Value,
  pool: Pool,
): { readonly output: Value; readonly gradient: (slope: Value) => Value } {
  const attributes = poolAttributes(pool);
  const output = graph.float('MaxPool', [image], [-1, ...pool.extent, size(image, 3)], attributes);
  return {
    output,
    gradient: (slope) => graph.float('MaxPoolGrad', [image, output, slope], image.sizes, attributes),
  };
}

/** An image at another size, bilinearly between the centres of its pixels. */
export function resized(tape: Tape, image: Value, [height, width]: readonly [number, number]): Value {
  const { graph } = tape;
  const attributes: Attributes = { align_corners: flag(false), half_pixel_centers: flag(true) };
  const sizes = [-1, height, width, size(image, 3)];
  const output = graph.float('ResizeBilinear', [image, graph.integers(height, width)], sizes, attributes);
  return tape.record(output, [image], (gradient) => [
    graph.float('ResizeBilinearGrad', [gradient, image], image.sizes, attributes),
  ]);
}

/** The mean of each channel: [batch, channels]. */
export function globalAverage(tape: Tape, image: Value): Value {
  const { graph } = tape;
  const [height, width, channels] = [size(image, 1), size(image, 2), size(image, 3)];
  const mean = reduce(tape, 'Mean', image, [1, 2], [-1, 1, 1, channels]);
  const kept = tape.record(mean, [image], (gradient) => {
    const share = graph.float('Mul', [gradient, graph.number(1 / (height * width))], gradient.sizes);
    return [
      graph.float('BroadcastTo', [share, runtimeSizes(tape, image)], image.sizes, { Tidx: type('int32') }),
    ];
  });
  return reshape(tape, kept, [-1, channels]);
}

function poolAttributes({ kernel, stride, padding }: Pool): Attributes {
  return {
    ksize: ints([1, ...kernel, 1]),
    strides: ints([1, stride, stride, 1]),
    padding: text(padding.toUpperCase()),
  };
}

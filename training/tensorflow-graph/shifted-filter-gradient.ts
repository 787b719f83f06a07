import type { Padding } from '../../networks/network-graph/index.js';
import type { Sizes } from './attribute.js';
import { flag, int, type } from './attribute.js';
import { bordered, reshaped, size } from './basic-operations.js';
import type { GraphWriter, Value } from './graph-writer.js';

/** How windows without dilation move over an image. */
interface Steps {
  readonly stride: number;
  readonly padding: Padding;
}

/** One axis of an image: the zeros around it, and the pixels that all windows see at one of their places. */
interface Axis {
  readonly window: number;
  readonly places: number;
  readonly before: number;
  readonly after: number;
}

/**
 * The gradient of the filters of a depthwise convolution, of `sizes` [height, width, channels, multiplier]: for each place
 * in the window, the pixels seen there times the gradient of the result, summed. It takes only operations that are
 * repeatable on every device; TensorFlow's own gradient is not on GPUs.
 */
export function shiftedFilterGradient(
  graph: GraphWriter,
  { image, gradient }: { readonly image: Value; readonly gradient: Value },
  sizes: Sizes,
  steps: Steps,
): Value {
  const [rows = 1, columns = 1, channels = 1, multiplier = 1] = sizes;
  const [high, wide] = [axisOf(image, gradient, 1, rows, steps), axisOf(image, gradient, 2, columns, steps)];
  const borders = [high, wide].map(({ before, after }) => [before, after] as const);
  const padded = borders.flat().some((zeros) => zeros > 0)
    ? bordered(graph, image, [[0, 0], ...borders, [0, 0]])
    : image;
  const grid = [-1, high.places, wide.places];
  const slopes = multiplier === 1 ? gradient : reshaped(graph, gradient, [...grid, channels, multiplier]);
  const sums = Array.from({ length: rows * columns }, (_none, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const seen = seenAt(graph, padded, [row, column], [high, wide], steps.stride);
    const pixels = multiplier === 1 ? seen : reshaped(graph, seen, [...grid, channels, 1]);
    const products = graph.float('Mul', [pixels, slopes], slopes.sizes);
    const sum = graph.float('Sum', [products, graph.integers(0, 1, 2)], slopes.sizes.slice(3), {
      Tidx: type('int32'),
      keep_dims: flag(false),
    });
    return multiplier === 1 ? sum : reshaped(graph, sum, [channels * multiplier]);
  });
  const [first, ...others] = sums;
  if (first === undefined) throw new Error('A filter has at least one place.');
  const joined =
    others.length === 0
      ? first
      : graph.float('ConcatV2', [...sums, graph.integer(0)], [rows * columns * channels * multiplier], {
          N: int(sums.length),
          Tidx: type('int32'),
        });
  return reshaped(graph, joined, sizes);
}

// TensorFlow's padding `same` puts the smaller half of what is missing first.
function axisOf(
  image: Value,
  gradient: Value,
  axis: 1 | 2,
  window: number,
  { stride, padding }: Steps,
): Axis {
  const [pixels, places] = [size(image, axis), size(gradient, axis)];
  const missing = padding === 'same' ? Math.max((places - 1) * stride + window - pixels, 0) : 0;
  const before = missing >> 1;
  return { window, places, before, after: missing - before };
}

function seenAt(
  graph: GraphWriter,
  padded: Value,
  [row, column]: readonly [number, number],
  [high, wide]: readonly [Axis, Axis],
  stride: number,
): Value {
  const end = (start: number, { places }: Axis): number => start + (places - 1) * stride + 1;
  const inputs = [
    graph.integers(0, row, column, 0),
    graph.integers(0, end(row, high), end(column, wide), 0),
    graph.integers(1, stride, stride, 1),
  ];
  // Bits 0 and 3: the whole batch and all channels.
  const masks = { begin_mask: int(0b1001), end_mask: int(0b1001) };
  const unused = { ellipsis_mask: int(0), new_axis_mask: int(0), shrink_axis_mask: int(0) };
  return graph.float('StridedSlice', [padded, ...inputs], [-1, high.places, wide.places, size(padded, 3)], {
    Index: type('int32'),
    ...masks,
    ...unused,
  });
}

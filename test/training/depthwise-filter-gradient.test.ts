import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { depthwiseFilterGradient } from '../../training/tensorflow-graph/depthwise-filter-gradient.js';
import { GraphWriter } from '../../training/tensorflow-graph/graph-writer.js';
import type { Windows } from '../../training/tensorflow-graph/windows.js';
import { LoadedGraph, loadTensorflow } from '../../training/tensorflow.js';
import { RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';

interface Case {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly multiplier: number;
  readonly rows: number;
  readonly columns: number;
  readonly stride: number;
  readonly padding: Windows['padding'];
}

/** Pixels before an axis and results along it, as TensorFlow's paddings say. */
function axis(pixels: number, window: number, { stride, padding }: Case) {
  if (padding === 'valid') return { before: 0, results: Math.floor((pixels - window) / stride) + 1 };
  const results = Math.ceil(pixels / stride);
  return { before: Math.max((results - 1) * stride + window - pixels, 0) >> 1, results };
}

/** The graph that computes the gradient from the values that are fed as `image` and `gradient`. */
function graphOf(each: Case): GraphWriter {
  const { height, width, channels, multiplier, rows, columns, stride, padding } = each;
  const results = [axis(height, rows, each).results, axis(width, columns, each).results];
  const graph = new GraphWriter();
  const image = graph.placeholder('image', 'float', [-1, height, width, channels]);
  const gradient = graph.placeholder('gradient', 'float', [-1, ...results, channels * multiplier]);
  const sizes = [rows, columns, channels, multiplier];
  const windows = { stride, padding, dilation: 1 };
  graph.result('filter', depthwiseFilterGradient(graph, { image, gradient }, sizes, windows));
  return graph;
}

function numbers(name: string, count: number): Float32Array {
  const stream = new RandomStream(rngFromSeed(name));
  return Float32Array.from({ length: count }, () => stream.unit() - 0.5);
}

/** Both sides of the same sum: what the graph computes, and the sum as it is defined. */
function compared(each: Case): { readonly found: Float32Array; readonly defined: Float64Array } {
  const { batch, height, width, channels, multiplier, rows, columns, stride } = each;
  const [down, along] = [axis(height, rows, each), axis(width, columns, each)];
  const outputs = channels * multiplier;
  const image = numbers('image', batch * height * width * channels);
  const gradient = numbers('gradient', batch * down.results * along.results * outputs);
  const defined = new Float64Array(rows * columns * outputs);
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < down.results; i++)
      for (let j = 0; j < along.results; j++)
        for (let row = 0; row < rows; row++)
          for (let column = 0; column < columns; column++) {
            const [y, x] = [i * stride + row - down.before, j * stride + column - along.before];
            if (y < 0 || x < 0 || y >= height || x >= width) continue;
            for (let output = 0; output < outputs; output++) {
              const pixel = ((b * height + y) * width + x) * channels + Math.floor(output / multiplier);
              const slope = ((b * down.results + i) * along.results + j) * outputs + output;
              const place = (row * columns + column) * outputs + output;
              defined[place] = (defined[place] ?? 0) + (image[pixel] ?? 0) * (gradient[slope] ?? 0);
            }
          }
  const loaded = new LoadedGraph(loadTensorflow({ threads: 1 }), graphOf(each).nodes);
  try {
    const [found] = loaded.run(
      {
        image: { type: 'float', sizes: [batch, height, width, channels], values: image },
        gradient: {
          type: 'float',
          sizes: [batch, down.results, along.results, outputs],
          values: gradient,
        },
      },
      ['filter'],
    );
    if (!(found instanceof Float32Array)) throw new Error('A gradient of floats was expected.');
    return { found, defined };
  } finally {
    loaded.close();
  }
}

function expectSame(each: Case): void {
  const { found, defined } = compared(each);
  expect(found.length).toBe(defined.length);
  const largest = Math.max(...defined.map(Math.abs));
  const worst = Math.max(...defined.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))));
  expect(worst).toBeLessThan(1e-5 + 1e-5 * largest);
}

const usual = { batch: 3, height: 9, width: 8, channels: 4, multiplier: 1, padding: 'same' } as const;

test('the gradient of any filter is the sum of products that defines it', () => {
  const cases = fc
    .record({
      batch: fc.integer({ min: 1, max: 3 }),
      height: fc.integer({ min: 1, max: 12 }),
      width: fc.integer({ min: 1, max: 12 }),
      channels: fc.integer({ min: 1, max: 5 }),
      multiplier: fc.constantFrom(1, 1, 1, 2),
      rows: fc.integer({ min: 1, max: 7 }),
      columns: fc.constantFrom(1, 2, 3, 4, 5, 5, 5, 6, 7, 7, 9),
      stride: fc.constantFrom(1, 1, 2, 2, 3),
      padding: fc.constantFrom('same' as const, 'valid' as const),
    })
    .filter(
      ({ padding, height, width, rows, columns }) =>
        padding === 'same' || (rows <= height && columns <= width),
    );
  fc.assert(fc.property(cases, expectSame), { numRuns: 120 });
});

describe('wide filters', () => {
  test.each([
    [5, 28, 1],
    [5, 7, 1],
    [5, 4, 1],
    [5, 1, 1],
    [7, 14, 1],
    [7, 5, 1],
    [9, 10, 1],
    [5, 28, 2],
    [5, 7, 2],
    [5, 2, 2],
    [7, 14, 2],
    [7, 9, 2],
  ])('%i × %i on images of %i with stride %i', (kernel, extent, stride) => {
    expectSame({ ...usual, height: extent, width: extent, rows: kernel, columns: kernel, stride });
  });

  test.each([
    [5, 14],
    [5, 15],
    [7, 12],
    [7, 7],
  ])('%i × %i without padding on images of %i', (kernel, extent) => {
    const square = { height: extent, width: extent, rows: kernel, columns: kernel };
    expectSame({ ...usual, ...square, stride: 1, padding: 'valid' });
  });
});

describe('the form of a gradient follows from its sizes', () => {
  /** Columns of the filters that TensorFlow's own operation computes. */
  const columnsOf = (each: Case): readonly number[] => {
    const { nodes } = graphOf(each);
    const constants = new Map(nodes.map((node) => [`${node.name}:0`, node.attributes['value']]));
    return nodes
      .filter(({ op }) => op === 'DepthwiseConv2dNativeBackpropFilter')
      .map(({ inputs: [, sizes = ''] }) => {
        const value = constants.get(sizes);
        if (value?.kind !== 'tensor' || typeof value.values === 'number') throw new Error('No sizes.');
        return value.values[1] ?? Number.NaN;
      });
  };
  const square = (kernel: number, stride: number): Case => ({
    ...usual,
    rows: kernel,
    columns: kernel,
    stride,
  });

  test('a filter of up to three columns is one operation', () => {
    expect([1, 2, 3].flatMap((kernel) => columnsOf(square(kernel, 1)))).toEqual([1, 2, 3]);
    expect(columnsOf({ ...square(3, 2), rows: 7 })).toEqual([3]);
  });

  test('a wider one of stride 1 is one of three columns for each distance from its middle', () => {
    expect(columnsOf(square(5, 1))).toEqual([3, 3]);
    expect(columnsOf(square(7, 1))).toEqual([3, 3, 3]);
    expect(columnsOf({ ...square(5, 1), padding: 'valid' })).toEqual([3, 3]);
  });

  test('a wider one of stride 2 is one for each of four grids', () => {
    expect(columnsOf(square(5, 2))).toEqual([3, 3, 3, 3]);
  });

  test('TensorFlow takes all others whole', () => {
    expect(columnsOf(square(4, 1))).toEqual([4]);
    expect(columnsOf(square(5, 3))).toEqual([5]);
    expect(columnsOf({ ...square(5, 1), multiplier: 2 })).toEqual([5]);
    expect(columnsOf({ ...square(5, 2), padding: 'valid' })).toEqual([5]);
  });
});

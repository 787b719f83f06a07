import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Accelerator, Dataflow, Layer, MeasuredLayer } from '../../hardware/index.js';
import { dataflows, mapLayer, matrixProduct, measureLayer } from '../../hardware/index.js';
import { halfScratchpadWords } from '../../hardware/accelerator.js';
import { countInputReads } from '../../hardware/input-automaton.js';
import { walkInputPhases } from '../../hardware/input-phase-walk.js';
import { inputDramReads, inputPasses } from '../../hardware/input-traffic.js';
import { distinctInputWords, windowsOverlap } from '../../hardware/layer.js';
import { dramWords } from '../../hardware/traffic.js';

const anAccelerator: Accelerator = {
  rows: 8,
  columns: 8,
  dataflow: 'outputStationary',
  inputScratchpad: 1,
  weightScratchpad: 1,
  outputScratchpad: 1,
  bandwidth: 4,
  precision: 'int8',
};

/** Small convolutions of every kind. */
const layers: fc.Arbitrary<Layer> = fc
  .record({
    outputHeight: fc.integer({ min: 1, max: 9 }),
    outputWidth: fc.integer({ min: 1, max: 9 }),
    kernelHeight: fc.integer({ min: 1, max: 4 }),
    kernelWidth: fc.integer({ min: 1, max: 4 }),
    channels: fc.integer({ min: 1, max: 5 }),
    filters: fc.integer({ min: 1, max: 9 }),
    spread: fc.constantFrom(
      { stride: 1, dilation: 1 },
      { stride: 2, dilation: 1 },
      { stride: 1, dilation: 2 },
    ),
  })
  .map(({ outputHeight, outputWidth, spread, ...sizes }) => ({
    ...sizes,
    ...spread,
    inputHeight: (outputHeight - 1) * spread.stride + (sizes.kernelHeight - 1) * spread.dilation + 1,
    inputWidth: (outputWidth - 1) * spread.stride + (sizes.kernelWidth - 1) * spread.dilation + 1,
  }));

const arrays = fc.record({
  rows: fc.integer({ min: 1, max: 7 }),
  columns: fc.integer({ min: 1, max: 7 }),
  dataflow: fc.constantFrom<Dataflow>(...dataflows),
});

/** The words of the input that the layer touches, by coordinates. */
function touched(layer: MeasuredLayer): ReadonlySet<string> {
  const words = new Set<string>();
  for (let pixel = 0; pixel < layer.M; pixel++) {
    for (let element = 0; element < layer.K; element++) words.add(word(layer, pixel, element));
  }
  return words;
}

function word(layer: MeasuredLayer, pixel: number, element: number): string {
  const { outputWidth, channels, kernelWidth, stride, dilation } = layer;
  const tap = Math.floor(element / channels);
  const row = Math.floor(pixel / outputWidth) * stride + Math.floor(tap / kernelWidth) * dilation;
  const column = (pixel % outputWidth) * stride + (tap % kernelWidth) * dilation;
  return `${row} ${column} ${element % channels}`;
}

/** Every access as (cycle, lane) → word, sorted by fold and time, counted with a set that is emptied when full. */
function countPlainly(
  layer: MeasuredLayer,
  array: Pick<Accelerator, 'rows' | 'columns' | 'dataflow'>,
  half: number,
) {
  const { rows, columns, dataflow } = array;
  const { rowFolds, columnFolds } = mapLayer(layer, array);
  let reads = 0;
  let phase = new Set<string>();
  const access = (pixel: number, element: number): void => {
    const name = word(layer, pixel, element);
    if (phase.has(name)) return;
    reads++;
    phase.add(name);
    if (phase.size === half) phase = new Set();
  };
  for (let columnFold = 0; columnFold < columnFolds; columnFold++) {
    for (let rowFold = 0; rowFold < rowFolds; rowFold++) {
      const accesses: { readonly time: number; readonly lane: number; readonly at: [number, number] }[] = [];
      for (let lane = 0; lane < rows; lane++) {
        const row = rowFold * rows + lane;
        if (dataflow === 'outputStationary' && row < layer.M) {
          for (let j = 0; j < layer.K; j++) accesses.push({ time: lane + j, lane, at: [row, j] });
        } else if (dataflow === 'weightStationary' && row < layer.K) {
          for (let p = 0; p < layer.M; p++) accesses.push({ time: lane + p, lane, at: [p, row] });
        } else if (dataflow === 'inputStationary' && row < layer.K) {
          for (let c = 0; c < columns && columnFold * columns + c < layer.M; c++) {
            accesses.push({ time: -lane, lane: c, at: [columnFold * columns + c, row] });
          }
        }
      }
      accesses.sort((a, b) => a.time - b.time || a.lane - b.lane);
      for (const { at } of accesses) access(...at);
    }
  }
  return reads;
}

describe('input words', () => {
  test('distinct words and overlaps are those of the windows', () => {
    fc.assert(
      fc.property(layers, (shape) => {
        const layer = measureLayer(shape);
        const words = touched(layer);
        expect(distinctInputWords(layer)).toBe(words.size);
        expect(windowsOverlap(layer)).toBe(words.size < layer.M * layer.K);
      }),
      { numRuns: 200 },
    );
  });

  test('the automaton counts what a set that forgets counts', () => {
    fc.assert(
      fc.property(layers, arrays, fc.integer({ min: 1, max: 60 }), (shape, array, half) => {
        const layer = measureLayer(shape);
        expect(countInputReads(layer, array, half)).toBe(countPlainly(layer, array, half));
      }),
      { numRuns: 150 },
    );
  });

  test('without overlap, or when all fits, the closed forms are the automaton', () => {
    const products = fc
      .tuple(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 40 }),
      )
      .map(([m, k, n]) => matrixProduct(m, k, n));
    fc.assert(
      fc.property(fc.oneof(layers, products), arrays, (shape, array) => {
        const layer = measureLayer(shape);
        const accelerator = { ...anAccelerator, ...array };
        const half = halfScratchpadWords(1, 'int8');
        fc.pre(distinctInputWords(layer) < half || !windowsOverlap(layer));
        const reads = inputDramReads(layer, mapLayer(layer, accelerator), accelerator);
        expect(reads).toBe(countInputReads(layer, accelerator, half));
      }),
      { numRuns: 200 },
    );
  });

  test('a layer with more accesses than are followed is estimated', () => {
    const layer = measureLayer({
      inputHeight: 114,
      inputWidth: 114,
      kernelHeight: 3,
      kernelWidth: 3,
      channels: 32,
      filters: 40,
      stride: 1,
      dilation: 1,
    });
    for (const dataflow of ['outputStationary', 'weightStationary'] as const) {
      const accelerator: Accelerator = { ...anAccelerator, dataflow, inputScratchpad: 128 };
      const mapping = mapLayer(layer, accelerator);
      const half = halfScratchpadWords(128, 'int8');
      const estimate = inputDramReads(layer, mapping, accelerator);
      expect(estimate).toBe(walkInputPhases(layer, inputPasses(mapping, accelerator), dataflow, half));
      const exact = countInputReads(layer, accelerator, half);
      expect(Math.abs(estimate - exact) / exact).toBeLessThan(0.03);
    }
  });

  test('the estimate of a dilated layer stays between one reading and one for every access', () => {
    fc.assert(
      fc.property(layers, arrays, fc.integer({ min: 4, max: 60 }), (shape, array, half) => {
        const layer = measureLayer(shape);
        const distinct = distinctInputWords(layer);
        fc.pre(distinct >= half);
        const passes = inputPasses(mapLayer(layer, array), array);
        const reads = walkInputPhases(layer, passes, array.dataflow, half);
        expect(reads).toBeGreaterThanOrEqual(Math.min(half, distinct) - 1);
        expect(Number.isFinite(reads)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe('weight words', () => {
  test('the reading of weights follows the same rule of forgetting', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 60 }),
        arrays,
        (m, k, n, array) => {
          const accelerator: Accelerator = { ...anAccelerator, ...array };
          const layer = measureLayer(matrixProduct(m, k, n));
          const mapping = mapLayer(layer, accelerator);
          const { columns, rows, dataflow } = accelerator;
          const half = halfScratchpadWords(1, 'int8');
          let reads = 0;
          let phase = new Set<number>();
          const access = (j: number, filter: number): void => {
            const address = j * n + filter;
            if (phase.has(address)) return;
            reads++;
            phase.add(address);
            if (phase.size === half) phase = new Set();
          };
          for (let columnFold = 0; columnFold < mapping.columnFolds; columnFold++) {
            for (let rowFold = 0; rowFold < mapping.rowFolds; rowFold++) {
              if (dataflow === 'outputStationary') {
                const lanes = Math.min(columns, n - columnFold * columns);
                for (let t = 0; t < k + lanes; t++) {
                  for (let c = 0; c < lanes; c++)
                    if (t >= c && t - c < k) access(t - c, columnFold * columns + c);
                }
              } else if (dataflow === 'inputStationary') {
                const lanes = Math.min(rows, k - rowFold * rows);
                for (let t = 0; t < n + lanes; t++) {
                  for (let r = 0; r < lanes; r++) if (t >= r && t - r < n) access(rowFold * rows + r, t - r);
                }
              }
            }
          }
          const expected = dataflow === 'weightStationary' ? k * n : reads;
          expect(dramWords(layer, mapping, accelerator).weights).toBe(expected);
        },
      ),
      { numRuns: 150 },
    );
  });
});

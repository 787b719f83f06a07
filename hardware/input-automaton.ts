import { unreachable } from '../foundation/errors/index.js';
import type { Accelerator } from './accelerator.js';
import { pixelAddresses, windowOffsets } from './input-addresses.js';
import type { MeasuredLayer } from './layer.js';

/**
 * Input words read from DRAM, found by following every access of the array in its order, with half a scratchpad of
 * `half` words. Exact; the time grows with the accesses, M × K for each pass.
 */
export function countInputReads(
  layer: MeasuredLayer,
  { rows, columns, dataflow }: Pick<Accelerator, 'rows' | 'columns' | 'dataflow'>,
  half: number,
): number {
  const pixels = pixelAddresses(layer);
  const elements = windowOffsets(layer);
  // The phase in which an address was read last; 0: never.
  const stamps = new Int32Array(layer.inputHeight * layer.inputWidth * layer.channels);
  const passes = Math.ceil(layer.N / columns);
  switch (dataflow) {
    case 'outputStationary':
      return countSkewed(stamps, half, pixels, elements, rows, passes);
    case 'weightStationary':
      return countSkewed(stamps, half, elements, pixels, rows, passes);
    case 'inputStationary':
      return countBlocks(stamps, half, pixels, elements, rows, columns);
    default:
      return unreachable(dataflow, 'dataflow');
  }
}

// The two loops below run once for every access of a layer, hence the local variables and the rule of forgetting
// written out twice.

/**
 * Folds of `rows` spatial addresses, all of them in each pass: lane i takes stream element t − i at cycle t, the lanes
 * in order within a cycle.
 */
function countSkewed(
  stamps: Int32Array,
  half: number,
  spatial: Int32Array,
  stream: Int32Array,
  rows: number,
  passes: number,
): number {
  let reads = 0;
  let held = 0;
  let phase = 1;
  const length = stream.length;
  for (let pass = 0; pass < passes; pass++) {
    for (let first = 0; first < spatial.length; first += rows) {
      const lanes = Math.min(rows, spatial.length - first);
      const cycles = lanes + length - 1;
      for (let cycle = 0; cycle < cycles; cycle++) {
        const from = cycle < length ? 0 : cycle - length + 1;
        const to = cycle < lanes ? cycle : lanes - 1;
        for (let lane = from; lane <= to; lane++) {
          const address = (spatial[first + lane] ?? 0) + (stream[cycle - lane] ?? 0);
          if (stamps[address] === phase) continue;
          stamps[address] = phase;
          reads++;
          held++;
          if (held === half) {
            held = 0;
            phase++;
          }
        }
      }
    }
  }
  return reads;
}

/** Blocks of `columns` pixels; within one, slices of `rows` window elements, each from its last element to its first. */
function countBlocks(
  stamps: Int32Array,
  half: number,
  pixels: Int32Array,
  elements: Int32Array,
  rows: number,
  columns: number,
): number {
  let reads = 0;
  let held = 0;
  let phase = 1;
  for (let firstPixel = 0; firstPixel < pixels.length; firstPixel += columns) {
    const endPixel = Math.min(firstPixel + columns, pixels.length);
    for (let first = 0; first < elements.length; first += rows) {
      for (let element = Math.min(first + rows, elements.length) - 1; element >= first; element--) {
        const offset = elements[element] ?? 0;
        for (let pixel = firstPixel; pixel < endPixel; pixel++) {
          const address = (pixels[pixel] ?? 0) + offset;
          if (stamps[address] === phase) continue;
          stamps[address] = phase;
          reads++;
          held++;
          if (held === half) {
            held = 0;
            phase++;
          }
        }
      }
    }
  }
  return reads;
}

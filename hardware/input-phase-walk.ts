import type { Dataflow } from './accelerator.js';
import type { MeasuredLayer } from './layer.js';
import { distinctInputWords } from './layer.js';

/** Distinct input words that `count` units from unit `first` on touch; units are counted cyclically. */
type DistinctWords = (first: number, count: number) => number;

/**
 * Estimates the input words read from DRAM by walking from phase to phase instead of from access to access. A unit is
 * an output pixel, or with stationary weights a window element; a phase ends inside the unit in which half a
 * scratchpad of distinct words is reached, and where it ends there is interpolated.
 */
export function walkInputPhases(
  layer: MeasuredLayer,
  passes: number,
  dataflow: Dataflow,
  half: number,
): number {
  const units = dataflow === 'weightStationary' ? layer.K : layer.M;
  const distinct = dataflow === 'weightStationary' ? wordsOfElements(layer) : wordsOfPixels(layer);
  const end = passes * units;
  let reads = 0;
  let position = 0;
  while (position < end) {
    const unit = Math.floor(position);
    const started = position - unit;
    // Of the unit in which the last phase ended, only the rest counts.
    const wordsOf = (count: number): number => {
      if (count === 0) return 0;
      const later = distinct((unit + 1) % units, count - 1);
      return later + (1 - started) * (distinct(unit % units, count) - later);
    };
    let high = end - unit;
    const left = wordsOf(high);
    if (left < half) return Math.round(reads + left);
    let low = 0;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (wordsOf(middle) >= half) high = middle;
      else low = middle;
    }
    const before = wordsOf(high - 1);
    const from = high === 1 ? position : unit + high - 1;
    position = from + ((half - before) / (wordsOf(high) - before)) * (unit + high - from);
    reads += half;
  }
  return reads;
}

function wordsOfPixels(layer: MeasuredLayer): DistinctWords {
  const { M, outputWidth, outputHeight, kernelHeight, kernelWidth, stride, dilation, channels } = layer;
  const all = distinctInputWords(layer);
  const inputRows = (outputHeight - 1) * stride + (kernelHeight - 1) * dilation + 1;
  const reach = (kernelWidth - 1) * dilation;
  return (first, count) => {
    if (count <= 0) return 0;
    if (count >= M) return all;
    const last = first + count - 1;
    const runs =
      last < M
        ? [[first, last]]
        : [
            [0, last - M],
            [first, M - 1],
          ];
    let columns = 0;
    for (let row = 0; row < inputRows; row++) {
      const intervals: [number, number][] = [];
      for (let dy = 0; dy < kernelHeight; dy++) {
        const y = (row - dy * dilation) / stride;
        if (!Number.isInteger(y) || y < 0 || y >= outputHeight) continue;
        for (const [a = 0, b = 0] of runs) {
          const from = Math.max(a, y * outputWidth);
          const to = Math.min(b, (y + 1) * outputWidth - 1);
          if (from > to) continue;
          const left = (from - y * outputWidth) * stride;
          intervals.push([left, (to - y * outputWidth) * stride + reach]);
        }
      }
      columns += unionLength(intervals);
    }
    return columns * channels;
  };
}

/** How many integers lie in at least one of the intervals. */
function unionLength(intervals: [number, number][]): number {
  intervals.sort(([a], [b]) => a - b);
  let length = 0;
  let covered = -1;
  for (const [from, to] of intervals) {
    if (to <= covered) continue;
    length += to - Math.max(from, covered + 1) + 1;
    covered = to;
  }
  return length;
}

function wordsOfElements(layer: MeasuredLayer): DistinctWords {
  const { K, channels } = layer;
  const all = distinctInputWords(layer);
  const taps = K / channels;
  return (first, count) => {
    if (count <= 0) return 0;
    if (count >= K) return all;
    const last = first + count - 1;
    const runs =
      last < K
        ? [[first, last]]
        : [
            [0, last - K],
            [first, K - 1],
          ];
    // Channels between two neighbouring ends of the runs see the same taps.
    const ends = new Set([0, channels]);
    for (const [a = 0, b = 0] of runs) ends.add(a % channels).add((b % channels) + 1);
    const sorted = [...ends].sort((a, b) => a - b);
    let words = 0;
    for (let i = 0; i + 1 < sorted.length; i++) {
      const channel = sorted[i] ?? 0;
      const width = (sorted[i + 1] ?? channel) - channel;
      const covered = (tap: number): boolean => {
        const element = tap * channels + channel;
        return runs.some(([a = 0, b = 0]) => element >= a && element <= b);
      };
      words +=
        width *
        wordsOfTaps(
          layer,
          Array.from({ length: taps }, (_, tap) => covered(tap)),
        );
    }
    return words;
  };
}

/** Distinct positions of one channel that a set of taps touches over all output pixels. */
function wordsOfTaps(layer: MeasuredLayer, covered: readonly boolean[]): number {
  const { kernelHeight, kernelWidth, stride, dilation, outputHeight, outputWidth } = layer;
  // A dilation of more than 1 comes with a stride of 1, so one of the two factors is 1.
  const shift = (tap: number): number => Math.floor(tap / stride) * dilation;
  const gridRows = shift(kernelHeight - 1) + outputHeight;
  let words = 0;
  for (let phaseY = 0; phaseY < Math.min(stride, kernelHeight); phaseY++) {
    for (let phaseX = 0; phaseX < Math.min(stride, kernelWidth); phaseX++) {
      // For each row of taps, how far it reaches to the left and to the right.
      const reach: { readonly top: number; readonly left: number; readonly right: number }[] = [];
      for (let dy = phaseY; dy < kernelHeight; dy += stride) {
        let left = Infinity;
        let right = -Infinity;
        for (let dx = phaseX; dx < kernelWidth; dx += stride) {
          if (covered[dy * kernelWidth + dx] !== true) continue;
          left = Math.min(left, shift(dx));
          right = Math.max(right, shift(dx));
        }
        if (left <= right) reach.push({ top: shift(dy), left, right });
      }
      for (let row = 0; row < gridRows; row++) {
        let left = Infinity;
        let right = -Infinity;
        for (const taps of reach) {
          if (row < taps.top || row >= taps.top + outputHeight) continue;
          left = Math.min(left, taps.left);
          right = Math.max(right, taps.right);
        }
        if (left <= right) words += right - left + outputWidth;
      }
    }
  }
  return words;
}

import type { Accelerator } from '../hardware/index.js';
import {
  AcceleratorModel,
  acceleratorSpace,
  layerCost,
  matrixProduct,
  technology45nm,
} from '../hardware/index.js';
import { countInputReads } from '../hardware/input-automaton.js';
import { measureLayer } from '../hardware/layer.js';
import { fork, RandomStream, rngFromSeed } from '../foundation/numbers/index.js';
import { decode, sample } from '../search-spaces/index.js';
import { buildNetwork, nasBench201Operations } from '../training/index.js';

const warmUp = 20;

/**
 * Milliseconds to cost a whole network on an accelerator never seen before: NAS-Bench-201 networks of random cells,
 * five cells a stage, 32 × 32 images, on random accelerators. One JSON line.
 * `--networks N` sets how many pairs are measured (default 200).
 */
export function run(benchArguments: readonly string[]): void {
  const networks = readCount(benchArguments, '--networks', 200);
  const rng = rngFromSeed('accelerator-model');
  const times: number[] = [];
  for (let i = 0; i < warmUp + networks; i++) {
    const stream = new RandomStream(fork(rng, i));
    const accelerator: Accelerator = decode(acceleratorSpace, sample(acceleratorSpace, stream));
    const cell = Array.from(
      { length: 6 },
      () => nasBench201Operations[stream.below(nasBench201Operations.length)] ?? 'none',
    );
    const graph = buildNetwork({ builder: 'nasBench201', inputShape: [32, 32, 3], classes: 10, cell });
    const start = performance.now();
    new AcceleratorModel(accelerator).network(graph);
    if (i >= warmUp) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const quantile = (share: number): number => times[Math.floor(share * (times.length - 1))] ?? 0;
  const line = {
    bench: 'accelerator-model',
    networks,
    millisecondsPerNetwork: round(quantile(0.5)),
    percentile95: round(quantile(0.95)),
    slowest: round(quantile(1)),
    microsecondsPerLayer: round(closedFormMicroseconds()),
    automatonNanosecondsPerAccess: round(automatonNanoseconds()),
  };
  console.log(JSON.stringify(line));
}

/**
 * Microseconds for a layer without overlapping windows, which needs no automaton. Each has a shape of its own, because
 * the model remembers shapes.
 */
function closedFormMicroseconds(): number {
  const cost = (i: number): unknown =>
    layerCost(matrixProduct(1 + (i % 200), 64, 1 + Math.floor(i / 200)), anAccelerator, technology45nm);
  for (let i = 0; i < 10_000; i++) cost(i);
  const layers = 100_000;
  const start = performance.now();
  for (let i = 0; i < layers; i++) cost(i);
  return ((performance.now() - start) * 1e3) / layers;
}

function automatonNanoseconds(): number {
  const layer = measureLayer({
    inputHeight: 34,
    inputWidth: 34,
    kernelHeight: 3,
    kernelWidth: 3,
    channels: 16,
    filters: 16,
    stride: 1,
    dilation: 1,
  });
  const repeats = 100;
  const start = performance.now();
  for (let i = 0; i < repeats; i++) countInputReads(layer, anAccelerator, 16_350);
  return ((performance.now() - start) * 1e6) / (repeats * layer.M * layer.K * 2);
}

const anAccelerator: Accelerator = {
  rows: 8,
  columns: 8,
  dataflow: 'outputStationary',
  inputScratchpad: 32,
  weightScratchpad: 32,
  outputScratchpad: 32,
  bandwidth: 8,
  precision: 'int8',
};

function readCount(benchArguments: readonly string[], option: string, fallback: number): number {
  const at = benchArguments.indexOf(option);
  if (at === -1) return fallback;
  const value = Number(benchArguments[at + 1]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} takes an integer of at least 1.`);
  return value;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

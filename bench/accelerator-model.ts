import type { Accelerator } from '../hardware/index.js';
import {
  acceleratorCosts,
  AcceleratorModel,
  acceleratorSpace,
  latencyModels,
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
    ...frontsOfBothModels(),
  };
  console.log(JSON.stringify(line));
}

/**
 * What the latency model does to a choice of accelerators: random ones for one network, with the front of latency, energy
 * and area under either model, and how many accelerators both fronts have. Accuracy does not depend on the model.
 */
function frontsOfBothModels(): Readonly<Record<string, number>> {
  const count = 300;
  const rng = rngFromSeed('fronts');
  const network = buildNetwork({
    ...{
      builder: 'plainConvolutional',
      inputShape: [28, 28, 1],
      widths: [16, 32],
      classes: 10,
      denseUnits: 64,
    },
  });
  const costs = Array.from({ length: count }, (_, i) => {
    const told = decode(acceleratorSpace, sample(acceleratorSpace, new RandomStream(fork(rng, i))));
    const [former, newer] = latencyModels.map((latencyModel) => {
      const accelerator: Accelerator = { ...told, latencyModel, precision: 'int8' };
      const { latency, energy, area } = acceleratorCosts(network, { accelerator }, {});
      return [latency, energy, area];
    });
    return { former: former ?? [], newer: newer ?? [] };
  });
  const former = front(costs.map((cost) => cost.former));
  const newer = front(costs.map((cost) => cost.newer));
  const ratios = costs.map((cost) => (cost.newer[0] ?? 0) / (cost.former[0] ?? 1)).sort((a, b) => a - b);
  return {
    frontFormerModel: former.length,
    frontNewestModel: newer.length,
    frontOfBoth: newer.filter((point) => former.includes(point)).length,
    latencyRatioMedian: round(ratios[count / 2] ?? 0),
    latencyRatioLargest: round(ratios.at(-1) ?? 0),
  };
}

/** Indices of the points that no other is at least as small as in all coordinates. */
function front(points: readonly (readonly number[])[]): readonly number[] {
  return points.flatMap((point, i) => {
    const isBeaten = points.some(
      (other, j) =>
        j !== i &&
        other.every((value, axis) => value <= (point[axis] ?? 0)) &&
        other.some((value, axis) => value < (point[axis] ?? 0)),
    );
    return isBeaten ? [] : [i];
  });
}

/**
 * Microseconds for a layer that fits into its scratchpads, of which nothing is followed word by word.
 */
function closedFormMicroseconds(): number {
  const cost = (i: number): unknown =>
    layerCost(matrixProduct(1 + (i % 200), 16, 1 + Math.floor(i / 2000)), anAccelerator, technology45nm);
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

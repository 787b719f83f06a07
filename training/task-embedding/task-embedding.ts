import { setImmediate } from 'node:timers/promises';
import { fork, hashJson, RandomStream } from '../../foundation/numbers/index.js';
import type { Rng } from '../../foundation/numbers/index.js';
import { imageBytes, isStreamed } from '../data/data-set.js';
import type { TrainingData } from '../data/data-set.js';
import { shuffled } from '../data/split.js';
import type { Split } from '../data/split.js';
import { fitHead, probabilities, scoreOfHead } from './linear-head.js';
import { ProbePass } from './probe-arithmetic.js';
import type { Plane } from './probe-arithmetic.js';
import type { Probe } from './probe.js';

/** An embedding of a task, and how well the probe's features classify it. */
export interface EmbeddedTask {
  /** One number for each filter of the probe, layer after layer. */
  readonly embedding: readonly number[];
  readonly loss: number;
  readonly accuracy: number;
}

/** Most training examples that the head is fitted on, that the information is measured on, and validation examples. */
const mostHeadExamples = 2_048;
const mostFisherExamples = 512;
const mostValidationExamples = 512;
const turnMs = 20;

/**
 * Embeds a task by a probe (Task2Vec, Achille et al., ICCV 2019): a new linear head is fitted on the features of the frozen
 * probe; then the diagonal of the Fisher information of the probe's kernels, with labels drawn from the model, one example
 * at a time, is averaged over the inputs of each filter. Only examples of the training part are looked at, but for the
 * score of the head. The same data, split and stream give the same bits on every machine.
 */
export async function embedTask(
  probe: Probe,
  data: TrainingData,
  split: Pick<Split, 'training' | 'validation'>,
  rng: Rng,
  signal: AbortSignal,
): Promise<EmbeddedTask> {
  let turnAt = performance.now();
  const turn = async (): Promise<void> => {
    if (performance.now() - turnAt < turnMs) return;
    await setImmediate();
    signal.throwIfAborted();
    turnAt = performance.now();
  };
  const order = shuffled(split.training, fork(rng, 'examples')).slice(0, mostHeadExamples);
  const features: Float64Array[] = [];
  for (const index of order) {
    features.push(new ProbePass(probe, planeOf(data, index, probe.channels)).features);
    await turn();
  }
  const labels = [...order].map((index) => data.labels[index] ?? 0);
  const head = fitHead(features, labels, data.classes, rng);
  const sums = new Float64Array(probe.layers.reduce((sum, { outputs }) => sum + outputs, 0));
  const draws = new RandomStream(fork(rng, 'labels'));
  const measured = order.slice(0, mostFisherExamples);
  for (const index of measured) {
    const pass = new ProbePass(probe, planeOf(data, index, probe.channels));
    const errors = probabilities(head, pass.features);
    const label = drawn(errors, draws.unit());
    errors[label] = (errors[label] ?? 0) - 1;
    const slopes = pass.features.map((_feature, f) =>
      errors.reduce((sum, error, c) => sum + error * (head.weights[f * data.classes + c] ?? 0), 0),
    );
    pass.addSquares(slopes, sums);
    await turn();
  }
  const validation = (split.validation.length > 0 ? split.validation : order).slice(
    0,
    mostValidationExamples,
  );
  const seen: Float64Array[] = [];
  for (const index of validation) {
    seen.push(new ProbePass(probe, planeOf(data, index, probe.channels)).features);
    await turn();
  }
  const score = scoreOfHead(
    head,
    seen,
    [...validation].map((index) => data.labels[index] ?? 0),
  );
  return { ...score, embedding: [...sums].map((sum) => sum / measured.length) };
}

/** What tells the data of tasks apart: a hash of the data set's. */
export function dataFingerprint({ hash }: TrainingData): string {
  return hashJson(['data', hash]);
}

/** An example of a data set as the probe sees it: its channels, by their mean or repeated, at mean 0 and deviation 1. */
export function planeOf(data: TrainingData, index: number, channels: number): Plane {
  const [height, width, own] = data.imageShape;
  const bytes = imageBytes(data.imageShape);
  const pixels = isStreamed(data)
    ? data.images.take(Int32Array.of(index))
    : data.images.subarray(index * bytes, (index + 1) * bytes);
  const normal = (value: number): number => (value / 255 - data.mean) / data.deviation;
  const values = new Float64Array(height * width * channels);
  for (let place = 0; place < height * width; place++) {
    let mean = 0;
    for (let c = 0; c < own; c++) mean += (pixels[place * own + c] ?? 0) / own;
    for (let c = 0; c < channels; c++) {
      const value = own === channels ? (pixels[place * own + c] ?? 0) : mean;
      values[place * channels + c] = normal(value);
    }
  }
  return { height, width, channels, values };
}

function drawn(shares: Float64Array, unit: number): number {
  let sum = 0;
  const found = shares.findIndex((share) => {
    sum += share;
    return unit < sum;
  });
  return found < 0 ? shares.length - 1 : found;
}

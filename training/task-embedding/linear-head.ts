import { dexp, dlog, fork, RandomStream } from '../../foundation/numbers/index.js';
import type { Rng } from '../../foundation/numbers/index.js';

/** A linear classifier of features. */
export interface LinearHead {
  /** Values of [features, classes]. */
  readonly weights: Float64Array;
  readonly biases: Float64Array;
}

const learningRate = 0.1;
const momentum = 0.9;
const epochs = 10;
const batchSize = 32;

/**
 * Fits a head on features from zero: stochastic gradient descent with momentum for 10 epochs, on examples that are drawn
 * class by class, so that a rare class counts as much as a frequent one.
 */
export function fitHead(
  features: readonly Float64Array[],
  labels: readonly number[],
  classes: number,
  rng: Rng,
): LinearHead {
  const size = features[0]?.length ?? 0;
  const head = { weights: new Float64Array(size * classes), biases: new Float64Array(classes) };
  const moments = { weights: new Float64Array(size * classes), biases: new Float64Array(classes) };
  const members = Array.from({ length: classes }, (_none, label) =>
    labels.flatMap((own, place) => (own === label ? [place] : [])),
  ).filter((places) => places.length > 0);
  const stream = new RandomStream(fork(rng, 'head'));
  const batches = Math.ceil(features.length / batchSize) * epochs;
  for (let batch = 0; batch < batches; batch++) {
    const slopes = { weights: new Float64Array(size * classes), biases: new Float64Array(classes) };
    for (let i = 0; i < batchSize; i++) {
      const places = members[stream.below(members.length)] ?? [];
      const place = places[stream.below(places.length)] ?? 0;
      const own = features[place] ?? new Float64Array(size);
      const errors = probabilities(head, own);
      const label = labels[place] ?? 0;
      errors[label] = (errors[label] ?? 0) - 1;
      errors.forEach((error, c) => {
        slopes.biases[c] = (slopes.biases[c] ?? 0) + error / batchSize;
        own.forEach((feature, f) => {
          const at = f * classes + c;
          slopes.weights[at] = (slopes.weights[at] ?? 0) + (feature * error) / batchSize;
        });
      });
    }
    for (const part of ['weights', 'biases'] as const) {
      slopes[part].forEach((slope, i) => {
        const moved = momentum * (moments[part][i] ?? 0) + slope;
        moments[part][i] = moved;
        head[part][i] = (head[part][i] ?? 0) - learningRate * moved;
      });
    }
  }
  return head;
}

/** The probabilities of the classes. */
export function probabilities({ weights, biases }: LinearHead, features: Float64Array): Float64Array {
  const classes = biases.length;
  const logits = Float64Array.from(biases);
  features.forEach((feature, f) => {
    for (let c = 0; c < classes; c++)
      logits[c] = (logits[c] ?? 0) + feature * (weights[f * classes + c] ?? 0);
  });
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Number.MAX_VALUE);
  const shares = logits.map((logit) => dexp(logit - largest));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}

/** Mean cross entropy, and share of right answers. */
export function scoreOfHead(
  head: LinearHead,
  features: readonly Float64Array[],
  labels: readonly number[],
): { readonly loss: number; readonly accuracy: number } {
  let loss = 0;
  let correct = 0;
  features.forEach((own, place) => {
    const shares = probabilities(head, own);
    const label = labels[place] ?? 0;
    loss -= dlog(Math.max(shares[label] ?? 0, Number.MIN_VALUE));
    const largest = shares.reduce((best, share, c) => (share > (shares[best] ?? 0) ? c : best), 0);
    if (largest === label) correct++;
  });
  return { loss: loss / features.length, accuracy: correct / features.length };
}

import { fork, RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import type { AugmentationPolicy } from '../../training/augmentation/augmentation-policy.js';
import { CompiledStep } from '../../training/step/compiled-step.js';
import type { DataSet } from '../../training/data/data-set.js';
import { parseNetworkGraph } from '../../networks/network-graph/graph-validation.js';
import type { NetworkGraph } from '../../networks/network-graph/network-graph.js';
import type { Optimizer, StepNumbers } from '../../training/step/optimizers.js';
import type { Computation } from '../../training/tensorflow.js';

/** A small data set of patterns with noise that can be learnt. */
export function patterns(count: number, imageShape: DataSet['imageShape'] = [8, 8, 1], classes = 4): DataSet {
  const size = imageShape[0] * imageShape[1] * imageShape[2];
  const stream = new RandomStream(fork(rngFromSeed(5), 'patterns'));
  const prototypes = Array.from({ length: classes }, () =>
    Uint8Array.from({ length: size }, () => stream.below(200)),
  );
  const labels = Int32Array.from({ length: count }, (_none, i) => i % classes);
  const images = new Uint8Array(count * size);
  labels.forEach((label, i) => {
    const prototype = prototypes[label] ?? new Uint8Array(size);
    for (let j = 0; j < size; j++) images[i * size + j] = (prototype[j] ?? 0) + stream.below(56);
  });
  return {
    name: 'patterns',
    hash: `patterns ${count} ${imageShape.join(' ')} ${classes}`,
    classes,
    imageShape,
    images,
    labels,
    testFrom: null,
    mean: 0.5,
    deviation: 0.25,
  };
}

type Nodes = readonly { readonly name: string; readonly op: string; readonly inputs: readonly string[] }[];

/** A network from the image `input` to the node `logits`. */
export function networkOf(nodes: Nodes, inputShape: readonly number[] = [8, 8, 1]): NetworkGraph {
  return parseNetworkGraph({
    format: 'duramen-network/1',
    inputs: { input: { shape: inputShape } },
    nodes,
    outputs: ['logits'],
  });
}

/** Numbers of a step without decay, smoothing or clipping. */
export const plainNumbers: StepNumbers = {
  learningRate: 0.1,
  weightDecay: 0,
  labelSmoothing: 0,
  clipNorm: 0,
};

/** A compiled step for a test, by default on one thread. */
export function compiled(
  network: NetworkGraph,
  data: DataSet,
  optimizer: Optimizer = { kind: 'sgd' },
  clips = false,
  augmentation: AugmentationPolicy = [],
  computation: Computation = { threads: 1 },
): CompiledStep {
  return new CompiledStep({ network, data, optimizer, clips, augmentation, ...computation });
}

/** Random numbers for every entry of a step's state: averages of variances positive, slots zero. */
export function randomState(step: Pick<CompiledStep, 'stateSizes'>): Map<string, Float32Array> {
  return new Map(
    [...step.stateSizes].map(([name, size]) => {
      const isSlot = /^(momentum|firstMoment|secondMoment)\//.test(name);
      const stream = new RandomStream(fork(rngFromSeed(11), name));
      const lowest = name.endsWith('movingVariance') ? 0.5 : -0.5;
      return [name, Float32Array.from({ length: size }, () => (isSlot ? 0 : lowest + stream.unit()))];
    }),
  );
}

import { training as cifar10 } from '../../examples/accuracy/cifar-10.search.js';
import { training as fashionMnist } from '../../examples/accuracy/fashion-mnist.search.js';
import { training as mnist } from '../../examples/accuracy/mnist.search.js';
import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import {
  buildNetwork,
  isStreamed,
  learningRateAt,
  openDataSet,
  simplifyGraph,
  splitData,
} from '../../training/index.js';
import type {
  DataSet,
  NetworkGraph,
  Optimizer,
  Split,
  TrainClassifierOptions,
  TrainingSettings,
} from '../../training/index.js';
import { trainingSettings } from '../../training/training-parameters.js';

/** The trainings of `examples/accuracy`, and what share of the test images each has to classify. */
export const trainings = {
  mnist: { training: mnist, bar: 0.99 },
  'fashion-mnist': { training: fashionMnist, bar: 0.91 },
  'cifar-10': { training: cifar10, bar: 0.8 },
} as const;

export type TrainingName = keyof typeof trainings;

/** Shortens a training to try the bench. */
export interface Shortened {
  readonly epochs: number | null;
  readonly examples: number | null;
}

/** A training of the examples in every detail that another framework needs. */
export interface Plan {
  readonly options: TrainClassifierOptions;
  readonly data: DataSet;
  readonly split: Split;
  readonly network: NetworkGraph;
  readonly settings: TrainingSettings & { readonly optimizer: Optimizer & { readonly kind: 'sgd' } };
  /** Pixels by which images are moved at most before they are cropped and flipped; 0: neither. */
  readonly cropMargin: number;
  readonly threads: number;
}

/** Reads a training as `trainClassifier` does. */
export async function planOf(name: TrainingName, { epochs, examples }: Shortened): Promise<Plan> {
  const { training } = trainings[name];
  const data = await openDataSet(training.dataset, { computation: { threads: training.threads } });
  if (isStreamed(data))
    throw new Error(`${name} does not fit into the memory that is free: end other programs.`);
  const options = {
    ...training,
    dataset: data,
    saveModel: false,
    ...(epochs === null ? {} : { epochs }),
    ...(examples === null ? {} : { trainingExamples: examples }),
  };
  const sizes = {
    validation: training.validationExamples,
    ...(examples === null ? {} : { training: examples }),
  };
  const split = splitData(data, sizes, fork(rngFromSeed(0), 'split'));
  const { optimizer, ...others } = trainingSettings([{ ...options }], split.training.length);
  if (optimizer.kind !== 'sgd')
    throw new Error(`${name} is not trained by SGD, as the bench has it with Keras.`);
  return {
    options,
    data,
    split,
    network: simplifyGraph(
      buildNetwork({ inputShape: data.imageShape, classes: data.classes, ...training.network() }),
    ),
    settings: { ...others, optimizer },
    // The ready policy `cropAndFlip` has a margin of four pixels.
    cropMargin: 'augmentation' in training ? 4 : 0,
    threads: training.threads,
  };
}

/** The learning rate of every step. */
export function learningRates({ settings, split }: Plan): readonly number[] {
  const { epochs, batchSize, schedule, learningRate } = settings;
  const steps = epochs * Math.ceil(split.training.length / batchSize);
  return Array.from({ length: steps }, (_, i) => learningRateAt(schedule, learningRate, i + 1, steps));
}

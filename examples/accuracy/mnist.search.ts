import { defineSearch } from 'duramen';
import { random } from 'duramen/algorithms';
import { constant, space } from 'duramen/search-spaces';
import { trainClassifier } from 'duramen/training';
import type { TrainClassifierOptions } from 'duramen/training';

/** The training, which `npm run bench -- accuracy` repeats with Keras. */
export const training = {
  dataset: 'mnist',
  network: () => ({ builder: 'plainConvolutional', widths: [16, 32, 64], dropout: 0.2 }),
  validationExamples: 5000,
  epochs: 3,
  batchSize: 96,
  optimizer: 'sgd',
  learningRate: 0.1,
  weightDecay: 5e-4,
  warmUpEpochs: 0.2,
  threads: 2,
  test: true,
  saveModel: true,
} satisfies TrainClassifierOptions;

// One training with known hyper-parameters, as a trial that survives kills: a plain convolutional network on MNIST.
// At least 99 % of the test images in three epochs; about a minute on two cores.
export default defineSearch({
  name: 'mnist',
  space: space({ learningRate: constant(training.learningRate) }),
  metrics: { accuracy: 'maximize', testAccuracy: 'observe' },
  algorithm: random(),
  budget: { trials: 1 },
  seed: 1,
  evaluate: trainClassifier(training),
});

import { defineSearch } from 'duramen';
import { random } from 'duramen/algorithms';
import { constant, space } from 'duramen/search-spaces';
import { trainClassifier } from 'duramen/training';
import type { TrainClassifierOptions } from 'duramen/training';

/** The training, which `npm run bench -- accuracy` repeats with Keras. */
export const training = {
  dataset: 'fashion-mnist',
  network: () => ({
    builder: 'nasBench201',
    cell: '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|',
    cellsPerStage: 1,
  }),
  validationExamples: 5000,
  epochs: 6,
  batchSize: 128,
  optimizer: 'sgd',
  learningRate: 0.1,
  weightDecay: 5e-4,
  warmUpEpochs: 0.5,
  threads: 2,
  test: true,
  saveModel: true,
} satisfies TrainClassifierOptions;

// One training with known hyper-parameters, as a trial that survives kills: a network of three NAS-Bench-201 cells on
// Fashion-MNIST (`duramen data fashion-mnist` fetches it). At least 91 % of the test images in six epochs; 14 minutes of
// processor time, so about seven minutes on two cores without other work.
export default defineSearch({
  name: 'fashion-mnist',
  space: space({ learningRate: constant(training.learningRate) }),
  metrics: { accuracy: 'maximize', testAccuracy: 'observe' },
  algorithm: random(),
  budget: { trials: 1 },
  seed: 1,
  evaluate: trainClassifier(training),
});

import { defineSearch } from 'duramen';
import { random } from 'duramen/algorithms';
import { constant, space } from 'duramen/search-spaces';
import { trainClassifier } from 'duramen/training';

// One training with known hyper-parameters, as a trial that survives kills: a residual network of three blocks on
// CIFAR-10 (`duramen data cifar-10` fetches it), its images cropped and flipped at random. At least 80 % of the test
// images in eight epochs; 22 minutes of processor time, so about eleven minutes on two cores without other work.
export default defineSearch({
  name: 'cifar-10',
  space: space({ learningRate: constant(0.1) }),
  metrics: { accuracy: 'maximize', testAccuracy: 'observe' },
  algorithm: random(),
  budget: { trials: 1 },
  seed: 1,
  evaluate: trainClassifier({
    dataset: 'cifar-10',
    network: () => ({ builder: 'residualConvolutional', widths: [32, 64, 128] }),
    augmentation: { policy: 'cropAndFlip' },
    validationExamples: 5000,
    epochs: 8,
    batchSize: 128,
    optimizer: 'sgd',
    weightDecay: 5e-4,
    warmUpEpochs: 1,
    threads: 2,
    test: true,
    saveModel: true,
  }),
});

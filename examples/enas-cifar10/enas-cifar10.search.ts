import { defineSearch } from 'duramen';
import { controller } from 'duramen/algorithms';
import { enasMacro, space } from 'duramen/search-spaces';
import { enasMacroNetwork, trainClassifier } from 'duramen/training';

const epochs = 30;

// ENAS on the published macro space: twelve layers of six operations, CIFAR-10 with padded crops and flips, batches of 128,
// SGD with Nesterov momentum and weight decay 5e-4, 45,000 images to train on and 5,000 for rewards, batches of ten architectures,
// thirty of them an epoch. Scaled to what processors can do: 30 epochs instead of 310, 12 channels instead of 36, one cosine
// from 0.05 instead of restarts. Hours; published accuracies are not to be expected (docs/enas.md).
// `duramen data cifar-10` fetches the images.
export default defineSearch({
  name: 'enas-cifar10',
  space: space(enasMacro(12)),
  metrics: { accuracy: 'maximize', parameters: 'observe' },
  algorithm: controller({ update: 'ppo', batchSize: 10 }),
  weightSharing: {
    paths: 'policy',
    epochs,
    scores: { perEpoch: 30, examples: 128 },
    evaluations: 10,
  },
  budget: { cost: epochs, concurrency: 1 },
  seed: 1,
  evaluate: trainClassifier({
    ...{
      dataset: 'cifar-10',
      validationExamples: 5_000,
      batchSize: 128,
      augmentation: { policy: 'cropAndFlip' },
    },
    ...{ optimizer: 'sgd', learningRate: 0.05, weightDecay: 5e-4 },
    network: (point) => enasMacroNetwork(point, { channels: 12 }),
  }),
  retraining: {
    evaluate: trainClassifier({
      ...{
        dataset: 'cifar-10',
        validationExamples: 5_000,
        batchSize: 128,
        augmentation: { policy: 'cropAndFlip' },
      },
      ...{
        epochs: 60,
        optimizer: 'sgd',
        learningRate: 0.05,
        weightDecay: 5e-4,
      },
      ...{ test: true, saveModel: true },
      network: (point) => enasMacroNetwork(point, { channels: 24, form: 'final' }),
    }),
    metrics: { accuracy: 'maximize', testAccuracy: 'observe' },
    repetitions: 3,
    candidates: { best: 1, drawn: 0 },
  },
});

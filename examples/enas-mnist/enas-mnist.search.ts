import { defineSearch } from 'duramen';
import { controller } from 'duramen/algorithms';
import { enasMacro, space } from 'duramen/search-spaces';
import { enasMacroNetwork, trainClassifier } from 'duramen/training';

const epochs = 8;
const data = { dataset: 'mnist', validationExamples: 1_000, batchSize: 64 } as const;

// ENAS on a small macro space: five layers of one of four operations, with skips. One network with all of them is trained
// on MNIST, in the first third of the epochs on uniform paths, then on those of the controller, which learns from shared
// scores in every epoch. The control of each epoch shows what the controller adds to chance (docs/enas.md). At the end the
// most probable architecture, the best three of those that were evaluated and two further draws are trained from scratch.
// Some minutes on two cores.
export default defineSearch({
  name: 'enas-mnist',
  space: space(enasMacro(5, { operations: ['conv_3x3', 'sep_conv_3x3', 'avg_pool_3x3', 'max_pool_3x3'] })),
  metrics: { accuracy: 'maximize', parameters: 'observe' },
  algorithm: controller({ update: 'ppo', batchSize: 10, learningRate: 0.003 }),
  weightSharing: {
    paths: 'policy',
    epochs,
    scores: { perEpoch: 10, examples: 128 },
    evaluations: 10,
  },
  budget: { cost: epochs, concurrency: 1 },
  seed: 1,
  evaluate: trainClassifier({
    ...data,
    trainingExamples: 6_000,
    optimizer: 'sgd',
    learningRate: 0.1,
    weightDecay: 2e-4,
    network: (point) => enasMacroNetwork(point, { channels: 8 }),
  }),
  retraining: {
    evaluate: trainClassifier({
      ...data,
      trainingExamples: 5_000,
      epochs: 2,
      test: true,
      network: (point) => enasMacroNetwork(point, { channels: 8, form: 'final', dropout: 0.1 }),
    }),
    metrics: { accuracy: 'maximize', testAccuracy: 'observe' },
    repetitions: 2,
    candidates: { best: 3, drawn: 2 },
  },
});

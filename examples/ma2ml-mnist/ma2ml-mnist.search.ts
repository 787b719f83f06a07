import { defineSearch } from 'duramen';
import { ma2ml } from 'duramen/algorithms';
import { smallMobileNetHeads, space, trainingHeads, trivialAugmentHeads } from 'duramen/search-spaces';
import { trainClassifier } from 'duramen/training';

// Three agents look for a pipeline together: AUG for the augmentation of the images, NAS for the network and HPO for the
// training, each pipeline trained on a part of MNIST. A few minutes on two cores. The multiply-adds of a network are
// known before a training: one of more than 300,000 gets no training and no reward (docs/ma2ml.md). At the end the
// pipelines that the agents prefer are trained longer, three times each; the result tells the best one's test accuracy.
export default defineSearch({
  name: 'ma2ml-mnist',
  space: space({ ...trivialAugmentHeads, ...smallMobileNetHeads, ...trainingHeads }),
  metrics: { accuracy: 'maximize', multiplyAdds: 'observe', parameters: 'observe' },
  algorithm: ma2ml({ costs: [{ metric: 'multiplyAdds', target: 300_000, mode: 'hard' }] }),
  budget: { trials: 96, concurrency: 2 },
  seed: 1,
  pure: true,
  evaluate: trainClassifier({
    dataset: 'mnist',
    trainingExamples: 2000,
    validationExamples: 2000,
    epochs: 4,
  }),
  retraining: {
    evaluate: trainClassifier({
      dataset: 'mnist',
      trainingExamples: 10_000,
      validationExamples: 2000,
      epochs: 5,
      test: true,
      saveModel: true,
    }),
    metrics: {
      accuracy: 'maximize',
      testAccuracy: 'observe',
      multiplyAdds: 'observe',
      parameters: 'observe',
    },
    candidates: { drawn: 2 },
  },
});

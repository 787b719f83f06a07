import { defineSearch } from 'duramen';
import { ma2ml } from 'duramen/algorithms';
import { autoAugmentHeads, mobileNetHeads, space, trainingHeads } from 'duramen/search-spaces';
import { trainClassifier } from 'duramen/training';

// The three agents on CIFAR-10 (`duramen data cifar-10` fetches it): five sub-policies of two operations, four stages of
// inverted residual blocks, seven hyper-parameters. Many hours on two cores, most of them in trainings, which save a
// checkpoint every half minute: interrupt it, kill it, switch the machine off, and `npx duramen resume ma2ml-cifar10`
// goes on as if nothing had been. A network above 15 million multiply-adds is not trained. The pipelines that the agents
// prefer at the end are trained on all images, three times each; the result tells the test accuracy of the best one.
export default defineSearch({
  name: 'ma2ml-cifar10',
  space: space({ ...autoAugmentHeads(), ...mobileNetHeads, ...trainingHeads }),
  metrics: { accuracy: 'maximize', multiplyAdds: 'observe', parameters: 'observe' },
  algorithm: ma2ml({ costs: [{ metric: 'multiplyAdds', target: 15_000_000, mode: 'hard' }] }),
  budget: { trials: 400, concurrency: 2 },
  seed: 1,
  pure: true,
  evaluate: trainClassifier({
    dataset: 'cifar-10',
    trainingExamples: 10_000,
    validationExamples: 5000,
    epochs: 8,
  }),
  retraining: {
    evaluate: trainClassifier({ dataset: 'cifar-10', epochs: 30, test: true, saveModel: true }),
    metrics: {
      accuracy: 'maximize',
      testAccuracy: 'observe',
      multiplyAdds: 'observe',
      parameters: 'observe',
    },
    candidates: { drawn: 3 },
  },
});

import { defineSearch } from 'duramen';
import { ma2ml } from 'duramen/algorithms';
import { acceleratorCosts, acceleratorSpace } from 'duramen/hardware';
import {
  constant,
  smallMobileNetHeads,
  space,
  tagged,
  trainingHeads,
  trivialAugmentHeads,
} from 'duramen/search-spaces';
import { trainClassifier } from 'duramen/training';

// Four agents in one flat search: beside augmentation, network and training the accelerator that the network runs on.
// Its model says latency, energy and area before a training. An accelerator of more than 5 square millimetres is out of
// the question: its pipelines are not trained. Latency shapes the reward: twice the target costs as much as 5 % of the
// accuracy, half of it earns as much.
export default defineSearch({
  name: 'ma2ml-co-design',
  space: space({
    accelerator: tagged({ ...acceleratorSpace, precision: constant('int8') }, 'hardware'),
    ...trivialAugmentHeads,
    ...smallMobileNetHeads,
    ...trainingHeads,
  }),
  // Microseconds and microjoules for one image, square millimetres.
  metrics: { accuracy: 'maximize', latency: 'observe', energy: 'observe', area: 'observe' },
  constraints: { area: { atMost: 5 } },
  algorithm: ma2ml({
    agents: [{ name: 'AUG' }, { name: 'NAS' }, { name: 'HPO' }, { name: 'hardware' }],
    costs: [{ metric: 'latency', target: 100, mode: 'mnasnet' }],
  }),
  budget: { trials: 96, concurrency: 2 },
  seed: 1,
  pure: true,
  evaluate: trainClassifier({
    dataset: 'mnist',
    costs: acceleratorCosts,
    trainingExamples: 2000,
    validationExamples: 2000,
    epochs: 4,
  }),
});

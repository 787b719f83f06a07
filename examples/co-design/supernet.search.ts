import { defineSearch } from 'duramen';
import { random } from 'duramen/algorithms';
import { trainClassifier } from 'duramen/training';
import { imagesOf } from './data.js';
import { architectures, network, type Architecture } from './network.js';
import { scale } from './setting.js';

// One network with all 62,500 architectures in it: each step trains the weights of one of them, drawn at random. After
// that any architecture can be evaluated in a fraction of a second.
export default defineSearch({
  name: 'supernet',
  space: architectures,
  metrics: { accuracy: 'maximize' },
  algorithm: random(),
  weightSharing: { paths: 'uniform', epochs: scale.epochs, control: { count: 20, examples: 500 } },
  // All epochs, the control, and one evaluation.
  budget: { trials: scale.epochs + 2, concurrency: 1 },
  dependsOn: ['data'],
  seed: 7,
  evaluate: (parameters, trial) =>
    trainClassifier({
      ...imagesOf(trial.context, 'supernetwork'),
      network: (choices) => network(choices as unknown as Architecture),
      batchSize: 50,
      threads: 2,
    })(parameters, trial),
});

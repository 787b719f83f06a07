import { defineSearch } from 'duramen';
import { ma2ml } from 'duramen/algorithms';
import { pipelines, train } from './pipeline.js';
import { scale } from './setting.js';

// Two agents look together for the training of one architecture: one for the augmentation, one for the hyper-parameters.
export default defineSearch({
  name: 'training',
  space: pipelines,
  metrics: { accuracy: 'maximize' },
  algorithm: ma2ml({
    agents: [
      { name: 'AUG', tag: 'AUG' },
      { name: 'HPO', tag: 'HPO' },
    ],
    pipelinesPerRound: 4,
  }),
  window: 4,
  budget: { trials: scale.pipelines, concurrency: 1 },
  dependsOn: ['data', 'architecture'],
  seed: 7,
  pure: true,
  evaluate: train('pipeline'),
});

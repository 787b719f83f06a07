import { defineSearch } from 'duramen';
import { controller } from 'duramen/algorithms';
import { noted } from '../note.js';
import { layers, train } from '../shared-network.js';

/** The same supernetwork on paths of a controller, which is a bulk that updates move between slices of seconds. */
export default defineSearch({
  name: 'enas',
  space: layers,
  metrics: { accuracy: 'maximize', loss: 'observe' },
  algorithm: controller({ batchSize: 4, hiddenUnits: 16, learningRate: 0.02 }),
  weightSharing: { paths: 'policy', epochs: 3, scores: { perEpoch: 2, examples: 125 }, evaluations: 3 },
  budget: { cost: 3, concurrency: 2 },
  window: 2,
  seed: 9,
  evaluate: (parameters, trial) => noted(trial, async () => train(parameters, trial)),
});

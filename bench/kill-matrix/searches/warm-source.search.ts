import { defineSearch } from 'duramen';
import { darts } from 'duramen/algorithms';
import { trainClassifier } from 'duramen/training';
import { layerNetwork, layers } from '../shared-network.js';

/** The search that the library has when the search `warm` begins; nothing disturbs it. */
export default defineSearch({
  name: 'warm-source',
  space: layers,
  metrics: { accuracy: 'maximize' },
  algorithm: darts({ epochs: 2, learningRate: 6e-3, warmStart: { from: [] } }),
  budget: { concurrency: 1 },
  seed: 10,
  evaluate: trainClassifier({
    dataset: { source: 'mnist', corruptions: [{ kind: 'contrast', severity: 1 }] },
    ...{ trainingExamples: 3_000, validationExamples: 500, batchSize: 64 },
    ...{ weightDecay: 3e-4, clipNorm: 5, network: layerNetwork },
  }),
});

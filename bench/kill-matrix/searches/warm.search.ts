import { defineSearch } from 'duramen';
import { darts } from 'duramen/algorithms';
import { trainClassifier } from 'duramen/training';
import { noted } from '../note.js';
import { layerNetwork, layers } from '../shared-network.js';

const train = trainClassifier({
  ...{ dataset: 'mnist', trainingExamples: 3_000, validationExamples: 500, batchSize: 64 },
  ...{ weightDecay: 3e-4, clipNorm: 5 },
  network: layerNetwork,
});

/** Embeds its data, selects a source, and goes on with the weights and logits of that. */
export default defineSearch({
  name: 'warm',
  space: layers,
  metrics: { accuracy: 'maximize', mixtureAccuracy: 'observe' },
  algorithm: darts({
    epochs: 15,
    learningRate: 6e-3,
    warmStart: { from: 'library', threshold: 'any' },
  }),
  budget: { concurrency: 1 },
  window: 2,
  seed: 9,
  evaluate: (parameters, trial) => noted(trial, async () => train(parameters, trial)),
});

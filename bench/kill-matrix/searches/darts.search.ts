import { defineSearch } from 'duramen';
import { darts, operationRoles } from 'duramen/algorithms';
import { trainClassifier } from 'duramen/training';
import { noted } from '../note.js';
import { layerNetwork, layers } from '../shared-network.js';

const train = trainClassifier({
  ...{ dataset: 'mnist', trainingExamples: 3_000, validationExamples: 500, batchSize: 64 },
  ...{ weightDecay: 3e-4, clipNorm: 5 },
  network: layerNetwork,
});

/** Two stages of a mixture in epochs of about a second, watched by every rule, then the architecture that they lead to. */
export default defineSearch({
  name: 'darts',
  space: layers,
  metrics: { accuracy: 'maximize', mixtureAccuracy: 'observe' },
  algorithm: darts({
    stages: [{ epochs: 4, keep: 4, skipDropout: 0.2 }, { epochs: 4 }],
    warmUp: 1,
    learningRate: 6e-3,
    operations: operationRoles(layers, { skip: ['skip'], learnable: ['conv3', 'conv5', 'separable3'] }),
    stop: { skips: { most: 2 }, ranking: { epochs: 4 }, eigenvalue: {} },
  }),
  budget: { concurrency: 1 },
  window: 2,
  seed: 9,
  evaluate: (parameters, trial) => noted(trial, async () => train(parameters, trial)),
});

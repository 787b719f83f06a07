import { defineSearch, level } from 'duramen';
import { regularizedEvolution } from 'duramen/algorithms';
import { constant, float, object, oneOf, space } from 'duramen/search-spaces';
import { trainClassifier } from 'duramen/training';
import { noted } from '../note.js';

const train = trainClassifier({
  dataset: 'mnist',
  trainingExamples: 6_000,
  validationExamples: 2_000,
  epochs: 12,
  saveModel: true,
});

/** Real trainings on the queue of GPUs, which run on processors where there is none. */
export default defineSearch({
  name: 'gpu',
  levels: [
    level({
      name: 'network',
      space: space({
        network: object({ builder: constant('multilayerPerceptron'), units: constant([32]) }),
        optimizer: oneOf(['sgd', 'adam']),
        learningRate: float(1e-4, 1e-2, { scale: 'log' }),
      }),
      metrics: { accuracy: 'maximize', loss: 'observe' },
      algorithm: regularizedEvolution({ populationSize: 3, tournamentSize: 2 }),
      budget: { trials: 6, concurrency: 2 },
      window: 2,
      resources: { gpu: 1 },
    }),
  ],
  seed: 9,
  evaluate: (parameters, trial) => noted(trial, () => train(parameters, trial)),
});

import { defineSearch, level } from 'duramen';
import { regularizedEvolution } from 'duramen/algorithms';
import { constant, float, object, oneOf, space } from 'duramen/search-spaces';
import { trainClassifier } from 'duramen/training';
import { noted } from './note.js';

/** How much a search trains, and where. */
interface Trainings {
  readonly epochs: number;
  readonly trials: number;
  readonly gpus: number;
}

/** A search of real trainings on MNIST, with a checkpoint after every epoch; the trained weights are kept. */
export function mnistTrainings(
  name: string,
  { epochs, trials, gpus }: Trainings,
): ReturnType<typeof defineSearch> {
  const train = trainClassifier({
    ...{ dataset: 'mnist', trainingExamples: 6_000, validationExamples: 2_000 },
    ...{ epochs, saveModel: true },
  });
  return defineSearch({
    name,
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
        budget: { trials, concurrency: 2 },
        window: 2,
        resources: { gpu: gpus },
      }),
    ],
    seed: 9,
    evaluate: (parameters, trial) => noted(trial, () => train(parameters, trial)),
  });
}

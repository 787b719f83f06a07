import { defineSearch } from 'duramen';
import { regularizedEvolution } from 'duramen/algorithms';
import { float, oneOf, space } from 'duramen/search-spaces';
import { trainClassifier } from 'duramen/training';

// An operation with its probability and its level, 0 the weakest and 1 the strongest; `equalize` and `invert` have no
// strength and ignore the level. Each image goes through one of three pairs of them (docs/augmentation.md).
const operation = {
  op: oneOf(['identity', 'shearX', 'translateX', 'translateY', 'rotate', 'sharpness', 'equalize', 'invert']),
  probability: oneOf([0.3, 0.6, 1]),
  level: float(0, 1),
};

const nothing = { op: 'identity', probability: 1, level: 0 } as const;

export default defineSearch({
  name: 'augmentation',
  space: space({
    augmentation: {
      oneOf: [
        [operation, operation],
        [operation, operation],
        [operation, operation],
      ],
    },
  }),
  metrics: { accuracy: 'maximize', loss: 'observe', trainingLoss: 'observe' },
  algorithm: regularizedEvolution({ populationSize: 4, tournamentSize: 3 }),
  window: 2,
  budget: { trials: 16, concurrency: 2 },
  // No augmentation to begin with: what the others have to beat.
  initial: [
    {
      augmentation: {
        oneOf: [
          [nothing, nothing],
          [nothing, nothing],
          [nothing, nothing],
        ],
      },
    },
  ],
  seed: 4,
  pure: true,
  evaluate: trainClassifier({
    dataset: 'mnist',
    network: () => ({ builder: 'plainConvolutional', widths: [8, 16] }),
    // So few that a network learns them by heart.
    trainingExamples: 500,
    validationExamples: 2000,
    epochs: 15,
    batchSize: 50,
  }),
});

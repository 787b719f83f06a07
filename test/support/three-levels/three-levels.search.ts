import { defineSearch, level } from '../../../searches/index.js';
import { random, regularizedEvolution } from '../../../algorithms/index.js';
import { acceleratorCosts, AcceleratorModel, acceleratorSpace } from '../../../hardware/index.js';
import { constant, float, int, manyOf, oneOf, space } from '../../../search-spaces/index.js';
import { trainClassifier } from '../../../training/index.js';
import { cellNetwork, cellOperations } from './cell-network.js';
import type { Architecture } from './cell-network.js';

// An accelerator, a network for it and a training for that: three searches inside one another. Each accelerator gets
// a search for the network that suits it, each network one for the training that suits it. A training reads nothing
// of the accelerator, so a network that comes up on several accelerators is trained for the first of them only.

const accelerator = level({
  name: 'accelerator',
  space: space({ ...acceleratorSpace, precision: constant('int8') }),
  // Microseconds and microjoules for one image, square millimetres. Three goals: the result is a Pareto front.
  metrics: { accuracy: 'maximize', latency: 'minimize', energy: 'minimize', area: 'observe' },
  algorithm: random(),
  budget: { trials: 8, concurrency: 2 },
  measure: (_context, parameters) => ({
    area: new AcceleratorModel(parameters).areaSquareMillimetres.total,
  }),
});

const architecture = level({
  name: 'architecture',
  space: space({
    cell: manyOf(3, cellOperations, { distinct: false }),
    width: oneOf([6, 8, 12]),
    depth: int(1, 2),
  }),
  metrics: { accuracy: 'maximize', latency: 'minimize', energy: 'minimize' },
  // 100 microseconds are worth one per cent of accuracy.
  objective: { maximize: ['-', ['path', 'accuracy'], ['*', 0.0001, ['path', 'latency']]] },
  algorithm: regularizedEvolution({ populationSize: 4, tournamentSize: 3 }),
  // Evolution needs the outcomes of its parents: trial k is bred when trial k - 2 is known.
  window: 2,
  budget: { trials: 6, concurrency: 2 },
  // Where evolution starts on every accelerator: two small networks.
  initial: [
    { cell: ['convolution3x3', 'identity', 'convolution1x1'], width: 6, depth: 1 },
    { cell: ['separable3x3', 'identity', 'convolution1x1'], width: 6, depth: 1 },
  ],
  measure(context, parameters) {
    const { latency, energy } = acceleratorCosts(cellNetwork(parameters), parameters, context);
    return { latency, energy };
  },
});

const training = level({
  name: 'training',
  space: space({
    optimizer: oneOf(['sgd', 'adamw']),
    learningRate: float(0.003, 0.1, { scale: 'log' }),
    labelSmoothing: oneOf([0, 0.1]),
  }),
  metrics: { accuracy: 'maximize', loss: 'observe', parameters: 'observe' },
  algorithm: random(),
  budget: { trials: 3, concurrency: 2 },
  dependsOn: ['architecture'],
});

export default defineSearch({
  name: 'co-design',
  levels: [accelerator, architecture, training],
  seed: 7,
  pure: true,
  evaluate: trainClassifier({
    dataset: 'mnist',
    network: (_parameters, context) => cellNetwork(context['architecture'] as unknown as Architecture),
    trainingExamples: 4000,
    validationExamples: 2000,
    epochs: 2,
    batchSize: 40,
    saveModel: true,
  }),
});

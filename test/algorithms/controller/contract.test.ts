import { controller } from '../../../algorithms/index.js';
import { contractSpaces, describeAlgorithm } from '../../../testing/index.js';
import { spaces } from './problem.js';

const quick = { batchSize: 3, hiddenUnits: 4, bins: 3, range: [-50, 800] } as const;

await describeAlgorithm(controller({ ...quick, learningRate: 0.1 }), {
  spaces: { small: contractSpaces.small, conditional: spaces.conditional },
});
await describeAlgorithm(controller({ ...quick, update: 'reinforce', learningRate: 0.1 }), {
  title: 'controller by REINFORCE',
  spaces: { micro: spaces.micro },
  orders: ['in-order'],
});
await describeAlgorithm(
  controller({ ...quick, minibatches: 2, ratio: 'decision', normalizeAdvantages: true, valueWeight: 0.5 }),
  { title: 'controller with minibatches', spaces: { macro: spaces.macro }, orders: ['as-completed'] },
);

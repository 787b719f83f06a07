import { defineSearch, level } from 'duramen';
import { ma2ml } from 'duramen/algorithms';
import { float, oneOf, space } from 'duramen/search-spaces';
import { checkpointed } from '../note.js';

/** Three agents: their policies are in the workflow, the critic and all results so far are bulk, updates activities. */
export default defineSearch({
  name: 'ma2ml',
  levels: [
    level({
      name: 'pipeline',
      space: space({
        cutout: oneOf([0, 1, 2], { tags: ['AUG'] }),
        depth: oneOf([1, 2, 3, 4], { tags: ['NAS'] }),
        rate: float(-3, 3, { tags: ['HPO'] }),
      }),
      metrics: { loss: 'minimize' },
      algorithm: ma2ml({ range: [20, 0], pipelinesPerRound: 4 }),
      budget: { trials: 22, concurrency: 2 },
      window: 4,
    }),
  ],
  seed: 11,
  evaluate: ({ cutout, depth, rate }, trial) =>
    checkpointed(trial, 8, 60, cutout + (depth - 2) * (depth - 2) + rate * rate),
});

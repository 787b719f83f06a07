import { defineSearch, level } from 'duramen';
import { reinforce } from 'duramen/algorithms';
import { float, int, space } from 'duramen/search-spaces';
import { checkpointed } from '../note.js';

/** An agent with a state: its policy is in the workflow, the moments of its optimiser are bulk, its updates activities. */
export default defineSearch({
  name: 'agent',
  levels: [
    level({
      name: 'line',
      space: space({ x: float(-5, 10), count: int(1, 8) }),
      metrics: { loss: 'minimize' },
      algorithm: reinforce({ batchSize: 4 }),
      budget: { trials: 20, concurrency: 2 },
      window: 4,
    }),
  ],
  seed: 8,
  evaluate: ({ x, count }, trial) => checkpointed(trial, 8, 60, (x - 1) * (x - 1) + count),
});

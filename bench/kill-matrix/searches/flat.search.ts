import { defineSearch, level } from 'duramen';
import { random } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';
import { checkpointed } from '../note.js';

/** One level, whose trials know nothing of each other. */
export default defineSearch({
  name: 'flat',
  levels: [
    level({
      name: 'line',
      space: space({ x: float(-5, 10) }),
      metrics: { loss: 'minimize' },
      algorithm: random(),
      budget: { trials: 20, concurrency: 2 },
      window: 4,
    }),
  ],
  seed: 5,
  evaluate: ({ x }, trial) => checkpointed(trial, 8, 60, (x - 1) * (x - 1)),
});

import { defineSearch, level } from 'duramen';
import { regularizedEvolution } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';
import { checkpointed } from '../note.js';

/** Evolution breeds every trial after the first ones from the outcomes of the trials before it. */
export default defineSearch({
  name: 'evolution',
  levels: [
    level({
      name: 'line',
      space: space({ x: float(-5, 10), y: float(-5, 10) }),
      metrics: { loss: 'minimize' },
      algorithm: regularizedEvolution({ populationSize: 6, tournamentSize: 3 }),
      budget: { trials: 20, concurrency: 2 },
      window: 4,
    }),
  ],
  seed: 6,
  evaluate: ({ x, y }, trial) => checkpointed(trial, 8, 60, (x - 1) * (x - 1) + y * y),
});

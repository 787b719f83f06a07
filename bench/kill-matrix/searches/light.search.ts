import { defineSearch, level } from 'duramen';
import { regularizedEvolution } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';
import { noted } from '../note.js';

/** Many short trials inside the search worker, over several runs of the workflow. */
export default defineSearch({
  name: 'light',
  levels: [
    level({
      name: 'line',
      space: space({ x: float(-5, 10) }),
      metrics: { loss: 'minimize' },
      algorithm: regularizedEvolution({ populationSize: 6, tournamentSize: 3 }),
      budget: { trials: 2_000, concurrency: 8 },
    }),
  ],
  seed: 10,
  light: true,
  evaluate: ({ x }, trial) =>
    noted(trial, async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return { loss: (x - 1) * (x - 1) };
    }),
});

import { defineSearch, level } from 'duramen';
import { regularizedEvolution } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';
import { checkpointed } from '../kill-matrix/note.js';

/** Budget, concurrency and steps are those of the bench's workload. */
export default defineSearch({
  name: 'crashes',
  levels: [
    level({
      name: 'line',
      space: space({ x: float(-5, 10), y: float(-5, 10) }),
      metrics: { loss: 'minimize' },
      algorithm: regularizedEvolution({ populationSize: 8, tournamentSize: 3 }),
      budget: { trials: 24, concurrency: 2 },
      window: 4,
    }),
  ],
  seed: 1,
  evaluate: ({ x, y }, trial) =>
    checkpointed(
      trial,
      Number(process.env['DURAMEN_STEPS'] ?? 8),
      Number(process.env['DURAMEN_STEP_SECONDS'] ?? 0.1) * 1000,
      (x - 1) * (x - 1) + y * y,
    ),
});

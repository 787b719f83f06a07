import { defineSearch, level } from 'duramen';
import { custom } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';
import { checkpointed } from '../note.js';

/**
 * An algorithm of the search file itself: two points beside the best one so far, then their outcomes. Its answers are
 * activities in evaluating processes, its state is an artifact.
 */
const climber = custom<{ readonly best: readonly number[] | null; readonly score: number }>({
  batch: 2,
  start: () => ({ best: null, score: 0 }),
  tell: (state, outcomes) =>
    outcomes.reduce(
      (found, { genome, score }) =>
        score !== null && (found.best === null || score > found.score) ? { best: genome, score } : found,
      state,
    ),
  ask: ({ best }, wanted, { sample, mutate }) => ({
    proposals: Array.from({ length: wanted }, () => ({ genome: best === null ? sample() : mutate(best) })),
  }),
});

export default defineSearch({
  name: 'custom',
  levels: [
    level({
      name: 'line',
      space: space({ x: float(-5, 10) }),
      metrics: { loss: 'minimize' },
      algorithm: climber,
      budget: { trials: 20, concurrency: 2 },
      window: 4,
    }),
  ],
  seed: 14,
  evaluate: ({ x }, trial) => checkpointed(trial, 8, 60, (x - 1) * (x - 1)),
});

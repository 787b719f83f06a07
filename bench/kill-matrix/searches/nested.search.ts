import { defineSearch, level } from 'duramen';
import { random, regularizedEvolution } from 'duramen/algorithms';
import { float, oneOf, space } from 'duramen/search-spaces';
import { checkpointed } from '../note.js';

/** Three levels; some inner searches come up twice and are searched once. */
export default defineSearch({
  name: 'nested',
  levels: [
    level({
      name: 'outer',
      space: space({ shift: oneOf([1, 2, 3]) }),
      metrics: { loss: 'minimize' },
      algorithm: random(),
      budget: { trials: 4, concurrency: 2 },
    }),
    level({
      name: 'middle',
      space: space({ scale: oneOf([1, 2, 4, 8]) }),
      metrics: { loss: 'minimize' },
      algorithm: random(),
      budget: { trials: 3, concurrency: 2 },
    }),
    level({
      name: 'inner',
      space: space({ x: float(-5, 10) }),
      metrics: { loss: 'minimize' },
      algorithm: regularizedEvolution({ populationSize: 3, tournamentSize: 2 }),
      budget: { trials: 6, concurrency: 2 },
      window: 2,
    }),
  ],
  seed: 7,
  pure: true,
  evaluate({ x }, trial) {
    const { shift } = trial.context['outer'] as { readonly shift: number };
    const { scale } = trial.context['middle'] as { readonly scale: number };
    return checkpointed(trial, 4, 60, (x - shift) * (x - shift) * scale);
  },
});

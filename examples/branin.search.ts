import { defineSearch } from 'duramen';
import { regularizedEvolution } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';

// Branin's function has three minima of 0.397887, one of them at (π, 2.275).
export default defineSearch({
  name: 'branin',
  space: space({ x: float(-5, 10), y: float(0, 15) }),
  metrics: { value: 'minimize' },
  algorithm: regularizedEvolution({ populationSize: 30, tournamentSize: 8 }),
  budget: { trials: 200, concurrency: 8 },
  seed: 7,
  // The function takes microseconds, so it runs inside the worker; equal points have equal values.
  light: true,
  pure: true,
  evaluate({ x, y }) {
    const valley = y - (5.1 * x * x) / (4 * Math.PI * Math.PI) + (5 * x) / Math.PI - 6;
    return { value: valley * valley + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10 };
  },
});

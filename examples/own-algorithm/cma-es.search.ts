import { defineSearch } from 'duramen';
import { command } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';

// The Python of the environment that the README of this folder says how to make; without the variable, that of the path.
const python = process.env['SAMPLER_PYTHON'] ?? 'python3';

// Rosenbrock's valley, whose minimum 0 is at (1, 1): a generation of six, then the outcomes of all six.
export default defineSearch({
  name: 'cma-es',
  space: space({ x: float(-2, 2), y: float(-1, 3) }),
  metrics: { loss: 'minimize' },
  algorithm: command(`${python} examples/own-algorithm/sampler.py`, { batch: 6 }),
  budget: { trials: 60, concurrency: 4 },
  seed: 1,
  light: true,
  evaluate: ({ x, y }) => ({ loss: (1 - x) ** 2 + 100 * (y - x * x) ** 2 }),
});

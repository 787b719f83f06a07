import { activity, defineSearch } from 'duramen';
import { random } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';

// The evaluator is the name of an activity. worker.mjs serves it; a worker in Python, Go or Java could just as well.
export default defineSearch({
  name: 'approximate',
  space: space({ slope: float(-2, 2), offset: float(-2, 2) }),
  metrics: { error: 'minimize' },
  algorithm: random(),
  budget: { trials: 50, concurrency: 8 },
  seed: 11,
  evaluate: activity(
    'squaredError',
    {
      points: [
        [0, 1],
        [1, 1.5],
        [2, 2],
      ],
    },
    { taskQueue: 'approximation', pure: true },
  ),
});

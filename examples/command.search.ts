import { command, defineSearch } from 'duramen';
import { successiveHalving } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';

// The command gets the parameters as a line of JSON and answers in lines of JSON (docs/commands.md), so any
// language will do. Most settings are trained for 3 epochs; the better ones go on from their checkpoint to 9 and 27.
export default defineSearch({
  name: 'command',
  space: space({
    learningRate: float(1e-3, 10, { scale: 'log' }),
    momentum: float(0, 0.99, { scale: 'linear' }),
    weightDecay: float(1e-6, 1e-1, { scale: 'log' }),
  }),
  metrics: { accuracy: 'maximize', loss: 'observe' },
  algorithm: successiveHalving({ minimumSteps: 3, maximumSteps: 27, reductionFactor: 3 }),
  budget: { trials: 40, concurrency: 2 },
  timeout: { attempt: '2m' },
  seed: 3,
  evaluate: command('python3 examples/commands/train.py'),
});

import { command, defineSearch } from 'duramen';
import { dedupe, regularizedEvolution } from 'duramen/algorithms';
import { object, oneOf, space } from 'duramen/search-spaces';

// A supernet in PyTorch, trained slice by slice by a command: Duramen draws the paths of the steps and the architectures
// that are scored (docs/commands.md). `node examples/pytorch-supernet/start.mjs` brings PyTorch along and runs it.
const layer = oneOf(['conv3', 'conv5', 'separable3', 'max', 'skip']);
const supernet = command('python3 examples/pytorch-supernet/supernet.py');

export default defineSearch({
  name: 'pytorch-supernet',
  space: space({ layers: object({ first: layer, second: layer, third: layer }) }),
  metrics: { accuracy: 'maximize' },
  algorithm: dedupe(regularizedEvolution({ populationSize: 8, tournamentSize: 3 })),
  // The program's 6,000 training examples in batches of 30.
  weightSharing: { paths: 'uniform', epochs: 10, steps: 200, control: { count: 10, examples: 1_000 } },
  budget: { trials: 10 + 1 + 30, concurrency: 2 },
  window: 2,
  timeout: { attempt: '5m' },
  seed: 1,
  evaluate: supernet,
  retraining: { evaluate: supernet, repetitions: 2, candidates: { best: 3 } },
});

import { defineSearch } from 'duramen';
import { regularizedEvolution } from 'duramen/algorithms';
import { noted } from '../note.js';
import { layers, train } from '../shared-network.js';

/** One supernetwork in epochs of about a second, then evolution on its weights. */
export default defineSearch({
  name: 'one-shot',
  space: layers,
  metrics: { accuracy: 'maximize', loss: 'observe' },
  algorithm: regularizedEvolution({ populationSize: 4, tournamentSize: 2 }),
  weightSharing: { paths: 'fair', epochs: 5, control: { count: 6, examples: 250 } },
  budget: { trials: 14, concurrency: 2 },
  window: 2,
  seed: 9,
  evaluate: (parameters, trial) => noted(trial, async () => train(parameters, trial)),
});

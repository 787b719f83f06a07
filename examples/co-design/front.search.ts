import { defineSearch, sharedWeights } from 'duramen';
import { dedupe, nsga2, regularizedEvolution } from 'duramen/algorithms';
import { accelerators } from './accelerators.js';
import { job } from './setting.js';

// Evolution with Pareto selection over accelerators, and for each evolution over architectures.
export default defineSearch({
  name: 'front',
  levels: accelerators(
    dedupe(nsga2({ populationSize: 6 })),
    regularizedEvolution({ populationSize: 8, tournamentSize: 3 }),
  ),
  seed: 7,
  evaluate: sharedWeights(`${job}/supernet`),
});

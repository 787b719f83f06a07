import { defineSearch } from 'duramen';
import { composedRegularizedEvolution } from 'duramen/algorithms';
import { oneOf, rewrite } from 'duramen/search-spaces';
import { cost, network } from './network.js';

const filters = oneOf([{ $expr: ['/', ['old'], 2] }, { $expr: ['old'] }, { $expr: ['*', ['old'], 2] }]);
export default defineSearch({
  name: 'program-to-space',
  space: rewrite(network, [{ match: { key: 'filters' }, with: filters }]),
  metrics: { cost: 'minimize' },
  algorithm: composedRegularizedEvolution({ populationSize: 8, tournamentSize: 4 }),
  budget: { trials: 40 },
  evaluate: (candidate) => cost(candidate as Parameters<typeof cost>[0]),
  light: true,
});

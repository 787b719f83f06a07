import {
  allOf,
  anyOf,
  byRank,
  byValue,
  composedRegularizedEvolution,
  dedupe,
  hillClimb,
  neat,
  notStopped,
  nsga2,
  random,
  regularizedEvolution,
  reinforce,
  stopEarly,
  successiveHalving,
  sweep,
  type AlgorithmReference,
  type Metric,
  type TellingOrder,
} from '../../algorithms/index.js';
import { bool, float, int, manyOf, oneOf, optional, permutation, view } from '../../search-spaces/index.js';
import { describeContract, type Exhaustion } from './contract.js';

const digits = [0, 1, 2, 3, 4, 5] as const;
const views = {
  small: view({ a: oneOf([1, 2, 3]), b: bool() }),
  conditional: view({
    layers: manyOf(2, [{ width: int(1, 300) }, { kind: oneOf(['conv', 'pool']), norm: bool() }, 'skip'], {
      distinct: false,
    }),
    head: optional({ rate: int(1, 64, { scale: 'log' }), order: permutation(['x', 'y', 'z']) }),
    chosen: manyOf(3, digits, { sorted: true }),
  }),
  continuous: view({
    rate: float(1e-4, 1e-1, { scale: 'log' }),
    momentum: float(0.5, 0.999, { scale: 'reverseLog' }),
    units: int(16, 512, { scale: 'log' }),
    activation: oneOf(['relu', 'tanh', { leak: float(0, 1) }]),
  }),
};
type ViewName = keyof typeof views;

const everywhere: readonly ViewName[] = ['small', 'conditional', 'continuous'];
const cases: readonly {
  reference: AlgorithmReference;
  views: readonly ViewName[];
  exhaustion: Exhaustion;
}[] = [
  { reference: random(), views: everywhere, exhaustion: 'repeats' },
  { reference: sweep(), views: ['small', 'conditional'], exhaustion: 'done' },
  {
    reference: regularizedEvolution({ populationSize: 20, tournamentSize: 5 }),
    views: everywhere,
    exhaustion: 'repeats',
  },
  {
    reference: successiveHalving({ minimumSteps: 1, maximumSteps: 9, reductionFactor: 3 }),
    views: everywhere,
    exhaustion: 'repeats',
  },
  {
    reference: composedRegularizedEvolution({ populationSize: 20, tournamentSize: 5 }),
    views: everywhere,
    exhaustion: 'repeats',
  },
  { reference: hillClimb({ batchSize: 3 }), views: ['small'], exhaustion: 'repeats' },
  {
    reference: nsga2({ populationSize: 10, crossover: { operator: 'uniform' } }),
    views: ['conditional'],
    exhaustion: 'repeats',
  },
  { reference: neat({ populationSize: 10 }), views: ['conditional'], exhaustion: 'repeats' },
  { reference: dedupe(random()), views: ['small'], exhaustion: 'done' },
  {
    reference: dedupe(composedRegularizedEvolution({ populationSize: 5, tournamentSize: 2 }), {
      remember: 500,
    }),
    views: ['conditional'],
    exhaustion: 'repeats',
  },
  {
    reference: stopEarly(
      regularizedEvolution({ populationSize: 20, tournamentSize: 5 }),
      anyOf(
        byRank([
          [1, 0.5, 5],
          [4, 20, 20],
        ]),
        allOf(byValue([[2, 1]]), notStopped(byRank([[3, 0.9, 3]]))),
      ),
    ),
    views: ['conditional'],
    exhaustion: 'repeats',
  },
  { reference: stopEarly(dedupe(random()), byRank([[2, 0.25, 4]])), views: ['small'], exhaustion: 'done' },
  { reference: reinforce({ batchSize: 8, bins: 6 }), views: everywhere, exhaustion: 'repeats' },
];

const metrics: readonly Metric[] = [
  { name: 'score', goal: 'maximize' },
  { name: 'size', goal: 'observe', atMost: 2 },
];
const orders: readonly TellingOrder[] = ['in-order', 'as-completed'];

for (const { reference, views: names, exhaustion } of cases) {
  for (const name of names) {
    for (const order of orders) {
      const search = { reference, view: views[name], metrics, order, seed: 7 };
      describeContract(`${reference.name}, ${name} space, ${order}`, search, exhaustion);
    }
  }
}

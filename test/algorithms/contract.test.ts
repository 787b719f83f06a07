import {
  allOf,
  anyOf,
  auto,
  bayesian,
  byRank,
  byValue,
  composedRegularizedEvolution,
  dedupe,
  fromList,
  hillClimb,
  neat,
  notStopped,
  nsga2,
  quasiRandom,
  random,
  regularizedEvolution,
  reinforce,
  stopEarly,
  successiveHalving,
  sweep,
  tpe,
  type AlgorithmReference,
} from '../../algorithms/index.js';
import { contractSpaces, describeAlgorithm, type ContractOptions } from '../../testing/index.js';

const cases: readonly (ContractOptions & {
  reference: AlgorithmReference;
  on?: readonly (keyof typeof contractSpaces)[];
})[] = [
  { reference: random(), ignoresOutcomes: true },
  { reference: quasiRandom(), ignoresOutcomes: true },
  { reference: tpe({ candidates: 8 }) },
  { reference: auto({ switchAfter: 12 }), on: ['small', 'continuous'] },
  { reference: bayesian({ startPoints: 5, pool: 10, archive: 12 }), on: ['small', 'continuous'] },
  { reference: sweep(), on: ['small', 'conditional'], ignoresSeed: true, ignoresOutcomes: true },
  {
    reference: fromList([
      [2, 0],
      [0, 1],
    ]),
    on: ['small'],
    proposals: 2,
    ignoresSeed: true,
    ignoresOutcomes: true,
  },
  {
    reference: regularizedEvolution({ populationSize: 20, tournamentSize: 5 }),
  },
  {
    reference: successiveHalving({ minimumSteps: 1, maximumSteps: 9, reductionFactor: 3 }),
  },
  {
    reference: successiveHalving({
      minimumSteps: 1,
      maximumSteps: 9,
      reductionFactor: 3,
      algorithm: tpe({ candidates: 4 }),
    }),
    on: ['conditional'],
  },
  {
    reference: successiveHalving({
      minimumSteps: 1,
      maximumSteps: 9,
      reductionFactor: 3,
      algorithm: bayesian({ startPoints: 5, pool: 10, archive: 12 }),
    }),
    on: ['continuous'],
  },
  {
    reference: composedRegularizedEvolution({ populationSize: 20, tournamentSize: 5 }),
  },
  { reference: hillClimb({ batchSize: 3 }), on: ['small'] },
  {
    reference: nsga2({ populationSize: 10, crossover: { operator: 'uniform' } }),
    on: ['conditional'],
  },
  { reference: neat({ populationSize: 10 }), on: ['conditional'] },
  { reference: dedupe(random()), on: ['small'], proposals: 6, ignoresOutcomes: true },
  { reference: dedupe(sweep()), on: ['small'], ignoresSeed: true, ignoresOutcomes: true },
  {
    reference: dedupe(successiveHalving({ minimumSteps: 1, maximumSteps: 9, reductionFactor: 3 }), {
      continuations: 'pass',
      remember: 500,
    }),
    on: ['conditional'],
  },
  {
    reference: dedupe(composedRegularizedEvolution({ populationSize: 5, tournamentSize: 2 }), {
      remember: 500,
    }),
    on: ['conditional'],
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
    on: ['conditional'],
  },
  { reference: stopEarly(dedupe(random()), byRank([[2, 0.25, 4]])), on: ['small'], proposals: 6 },
  { reference: reinforce({ batchSize: 8, bins: 6 }) },
];

for (const { reference, on, ...options } of cases) {
  const spaces = Object.fromEntries(
    Object.entries(contractSpaces).filter(([name]) => on?.some((one) => one === name) ?? true),
  );
  await describeAlgorithm(reference, { ...options, spaces });
}

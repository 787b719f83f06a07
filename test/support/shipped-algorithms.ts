import {
  algorithmNames,
  anyOf,
  auto,
  bayesian,
  byRank,
  byValue,
  controller,
  darts,
  dedupe,
  fromList,
  hillClimb,
  learnedPaths,
  ma2ml,
  quasiRandom,
  random,
  regularizedEvolution,
  reinforce,
  sharedWeights,
  stopEarly,
  successiveHalving,
  sweep,
  tpe,
  type AlgorithmReference,
} from '../../algorithms/index.js';

const configured: Readonly<Record<string, AlgorithmReference>> = {
  random: random(),
  quasiRandom: quasiRandom(),
  auto: auto({ switchAfter: 12 }),
  tpe: tpe({ startPoints: 4, candidates: 6 }),
  bayesian: bayesian({ startPoints: 4, pool: 10, archive: 8 }),
  sweep: sweep(),
  regularizedEvolution: regularizedEvolution({ populationSize: 8, tournamentSize: 3 }),
  reinforce: reinforce({ batchSize: 5 }),
  controller: controller({ batchSize: 5, hiddenUnits: 8, range: [-1_000_000, 1_000_000] }),
  ma2ml: ma2ml({
    agents: [{ name: 'all' }],
    range: [-1_000_000, 1_000_000],
    pipelinesPerRound: 4,
    stepsPerRound: 2,
    hiddenUnits: 8,
  }),
  evolution: hillClimb({ batchSize: 3, initialSize: 5 }),
  // Points of every space that these tests search.
  fromList: fromList(
    Array.from({ length: 40 }, (_, index) => [1, 1 + (index % 3), Math.floor(index / 3) % 2]),
  ),
  dedupe: dedupe(random()),
  stopEarly: stopEarly(
    regularizedEvolution({ populationSize: 8, tournamentSize: 3 }),
    anyOf(byValue([[1, -8]]), byRank([[2, 0.5, 4]])),
  ),
  successiveHalving: successiveHalving({ minimumSteps: 1, maximumSteps: 9, reductionFactor: 3 }),
};

/** Algorithms whose trials are slices of one training. */
const inSlices: Readonly<Record<string, AlgorithmReference>> = {
  darts: darts({ epochs: 4 }),
  sharedWeights: sharedWeights(regularizedEvolution({ populationSize: 8, tournamentSize: 3 }), {
    paths: 'uniform',
    epochs: 4,
    search: 'during',
    evaluations: 6,
    control: { count: 5, examples: 10 },
  }),
  learnedPaths: learnedPaths(controller({ batchSize: 5, hiddenUnits: 8, range: [-1_000_000, 1_000_000] }), {
    paths: 'policy',
    epochs: 4,
    scores: { perEpoch: 2 },
    evaluations: 3,
  }),
};

/** Algorithms that a program of the user decides, which no process of these tests runs. */
export const programAlgorithms: readonly string[] = ['custom', 'command'];

/**
 * Every shipped algorithm whose trials are evaluations of their own, configured so that it decides something within some
 * dozens of trials. People may enqueue points, and a trial that fails stops nothing.
 */
export const shippedAlgorithms: readonly (readonly [name: string, algorithm: AlgorithmReference])[] =
  algorithmNames
    .filter((name) => !Object.hasOwn(inSlices, name) && !programAlgorithms.includes(name))
    .map((name) => {
      const algorithm = configured[name];
      if (algorithm === undefined)
        throw new Error(
          `Configure "${name}" in test/support/shipped-algorithms.ts: it is tested there, too.`,
        );
      return [name, algorithm] as const;
    });

/** Every shipped algorithm whose trials are slices of one training. */
export const slicedAlgorithms = Object.entries(inSlices);

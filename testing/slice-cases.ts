import { drawOf, leavesWeights, type Outcome, type Trial } from '../algorithms/index.js';
import { validate } from '../search-spaces/index.js';
import { demand } from './contract-violation.js';
import { mixedOutcome } from './outcomes.js';
import { scoreOfGenome, type TestedSearch } from './tested-search.js';

const trials = 200;

/** What the contract demands of an algorithm whose trials are slices of one training. */
export function* sliceCases(
  search: TestedSearch,
  ignoresOutcomes: boolean,
): Generator<readonly [name: string, run: () => void]> {
  yield [
    'every slice continues weights whose trial was scored and told before',
    () => continuesWeights(search),
  ];
  yield ['costs never exceed the epochs that were trained', () => costsOfEpochs(search)];
  yield [
    'what its slices draw are points of the space, the same whenever they are drawn',
    () => draws(search),
  ];
  if (!ignoresOutcomes)
    yield ['other values give other proposals or another state', () => learnsFromValues(search)];
}

function continuesWeights(search: TestedSearch): void {
  const scored = new Set<number>();
  const told = new Set<number>();
  search.run({
    trials,
    evaluate: (trial) => {
      const outcome = mixedOutcome(scoreOfGenome)(trial);
      if (outcome.kind === 'scored' && trial.slice !== undefined && leavesWeights(trial.slice))
        scored.add(trial.index);
      return outcome;
    },
    watched: (bound) => ({
      ...bound,
      tell(state, outcomes) {
        for (const { trial } of outcomes) told.add(trial.index);
        return bound.tell(state, outcomes);
      },
      propose(state, index) {
        const proposed = bound.propose(state, index);
        const { action } = proposed;
        const continues = action.kind === 'trial' ? action.proposal.continues : undefined;
        demand(
          continues === undefined || (scored.has(continues) && told.has(continues)),
          `trial ${index} continues trial ${continues}, which has left no weights that the algorithm was told of`,
        );
        return proposed;
      },
    }),
  });
}

function costsOfEpochs(search: TestedSearch): void {
  const counted = new Set<number>();
  const run = search.run({
    trials,
    evaluate: (trial) => {
      const outcome = mixedOutcome(scoreOfGenome)(trial);
      // The cost of a cancelled trial does not count, so that a later one may declare it again.
      if (outcome.kind !== 'cancelled') counted.add(trial.index);
      return outcome;
    },
  });
  let epochs = 0;
  let cost = 0;
  for (const { index, slice } of run.trials) {
    if (slice === undefined) continue;
    if (leavesWeights(slice)) epochs += 1;
    if (counted.has(index)) cost += slice.cost ?? 0;
    demand(cost <= epochs, `with trial ${index} it has declared a cost of ${cost} for ${epochs} epochs`);
  }
}

function draws(search: TestedSearch): void {
  const { trials: proposed, drawsOf } = search.run({ trials });
  for (const trial of proposed) {
    if (trial.slice === undefined || drawOf(trial.slice) === null) continue;
    const count = trial.slice.kind === 'score' ? Math.min(3, trial.slice.count) : 3;
    const drawn = drawsOf(trial, count);
    for (const genome of drawn) {
      const checked = validate(search.view, genome);
      demand(
        checked.ok || checked.error.code === 'constraint_violated',
        `trial ${trial.index} draws no points of the space`,
      );
    }
    demand(
      JSON.stringify(drawsOf(trial, count)) === JSON.stringify(drawn),
      `trial ${trial.index} draws other points the second time`,
    );
  }
}

function learnsFromValues(search: TestedSearch): void {
  const [one, other] = [1, -1].map((sign) => search.run({ trials: 120, evaluate: withValues(sign) }));
  const isMeasured =
    one?.trials.some(({ slice }) => slice?.kind === 'score' || slice?.kind === 'embed') ?? false;
  demand(
    !isMeasured || one?.fingerprint !== other?.fingerprint,
    'opposite values give the same proposals and the same state',
  );
}

function withValues(sign: number): (trial: Trial) => Outcome {
  return (trial) => {
    const outcome = mixedOutcome(scoreOfGenome)(trial);
    if (outcome.kind !== 'scored' || outcome.values === undefined) return outcome;
    // The numbers of an embedding are never below zero.
    const factor = trial.slice?.kind === 'embed' ? 2 + sign : sign;
    return { ...outcome, values: outcome.values.map((value) => factor * (value + 1)) };
  };
}

import { unreachable } from '../foundation/errors/index.js';
import { gateDecision, type Outcome, type Slice, type Trial } from '../algorithms/index.js';
import { fork, RandomStream, rngFromSeed } from '../foundation/numbers/index.js';
import type { Genome } from '../search-spaces/index.js';

/**
 * Outcomes of every kind, each a function of the trial alone; `score` gives those of the scored ones. Slices are scored
 * or cancelled, because every failure of one stops its search.
 */
export function mixedOutcome(score: (genome: Genome) => number): (trial: Trial) => Outcome {
  return (trial) => {
    if (trial.slice !== undefined) return slicedOutcome(score, trial, trial.slice);
    const source = new RandomStream(fork(rngFromSeed('outcomes'), trial.index));
    const dice = source.below(20);
    if (dice === 0) return { kind: 'infeasible', reason: 'too large' };
    if (dice === 1) return { kind: 'failed', class: 'Diverged', message: 'loss is NaN' };
    if (dice === 2) return { kind: 'cancelled' };
    if (dice === 3) return { kind: 'stopped', step: 1 };
    if (dice === 4) return { kind: 'stopped', step: 1, metrics: { score: score(trial.genome), size: 1 } };
    return scoredOutcome(score)(trial);
  };
}

function slicedOutcome(score: (genome: Genome) => number, { index, genome }: Trial, slice: Slice): Outcome {
  const source = new RandomStream(fork(rngFromSeed('outcomes'), index));
  if (source.below(20) === 0) return { kind: 'cancelled' };
  const final = score(genome);
  const values = Array.from(
    { length: valuesOf(slice) },
    // The numbers of an embedding are never below zero.
    (_, place) => (slice.kind === 'embed' ? source.below(16) : final - place / 16 + source.below(4) / 4),
  );
  return {
    kind: 'scored',
    metrics: { score: final, size: 1 },
    ...(values.length === 0 ? {} : { values }),
  };
}

function valuesOf(slice: Slice): number {
  switch (slice.kind) {
    case 'score':
      return slice.count;
    case 'mix':
      return slice.values ?? (slice.alphaSteps ? 8 : 0);
    case 'embed':
      return slice.values ?? 8;
    case 'train':
    case 'evaluate':
      return 0;
    default:
      return unreachable(slice, 'slice');
  }
}

/** Scored outcomes, or stopped ones where the trial's gate says so. The curve rises towards the final score. */
export function scoredOutcome(score: (genome: Genome) => number): (trial: Trial) => Outcome {
  return ({ genome, gate, until }) => {
    const final = score(genome);
    if (gate === undefined) return { kind: 'scored', metrics: { score: final, size: 1 } };
    const reports: { step: number; metrics: { score: number } }[] = [];
    for (let step = 1; step <= (until ?? 9); step += 1) {
      reports.push({ step, metrics: { score: final - 1 / step } });
      const { stop, ...values } = gateDecision(gate, reports);
      if (stop) return { kind: 'stopped', step, metrics: { score: final - 1 / step, size: 1 }, ...values };
    }
    const { stop: _stop, ...values } = gateDecision(gate, reports);
    return { kind: 'scored', metrics: { score: final, size: 1 }, ...values };
  };
}

/** Outcomes without a score, of every kind in turn. */
export function outcomeWithoutScore(trial: Trial): Outcome {
  const kinds = [
    { kind: 'infeasible', reason: 'never' },
    { kind: 'failed', class: 'Diverged', message: 'never' },
    { kind: 'cancelled' },
    { kind: 'stopped', step: 1 },
  ] as const satisfies readonly Outcome[];
  return kinds[trial.index % kinds.length] ?? kinds[0];
}

import type { Genome, View } from '../../search-spaces/index.js';
import type { StateValue } from '../contract/state-value.js';
import { readFields, readGenome, readInteger, readList, readNumber } from '../contract/state-shape.js';

/** What was found under one state of the weights; scores are oriented, higher is better. */
export type Found = {
  /** The trial that left the weights. */
  readonly weights: number;
  /** Evaluations with scores, … */
  readonly count: number;
  /** … the mean of their first scores, … */
  readonly mean: number;
  /** … and the best of them with its scores. */
  readonly genome: Genome;
  readonly scores: readonly number[];
};

/** What was found, with one more scored evaluation under these weights. */
export function withEvaluation(
  found: Found | null,
  weights: number,
  genome: Genome,
  scores: readonly number[],
): Found {
  const score = scores[0] ?? 0;
  // Results under other weights are not comparable.
  if (found?.weights !== weights) return { weights, count: 1, mean: score, genome, scores };
  const count = found.count + 1;
  // Divided before they are added, so that the mean of very large scores does not overflow.
  const mean = found.mean - found.mean / count + score / count + 0;
  return isBetter(scores, found.scores)
    ? { weights, count, mean, genome, scores }
    : { ...found, count, mean };
}

/** Checks a value read back; throws `AlgorithmError` that names the place of what is wrong. */
export function readFound(view: View, metrics: number, value: StateValue): Found {
  const fields = readFields(value, 'state.found', ['weights', 'count', 'mean', 'genome', 'scores']);
  return {
    weights: readInteger(fields.weights, 'state.found.weights'),
    count: readInteger(fields.count, 'state.found.count'),
    mean: readNumber(fields.mean, 'state.found.mean'),
    genome: readGenome(view, fields.genome, 'state.found.genome'),
    scores: readList(fields.scores, 'state.found.scores', metrics, readNumber),
  };
}

/** Whether scores are better than others: the first that differs decides. */
function isBetter(scores: readonly number[], others: readonly number[]): boolean {
  for (const [place, score] of scores.entries()) {
    const other = others[place] ?? score;
    if (score !== other) return score > other;
  }
  return false;
}

import type { View } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { BoundAlgorithm } from '../contract/bound-algorithm.js';
import { optimisedMetrics } from '../contract/score.js';
import type { Metric, Proposal } from '../contract/trial.js';

/** What the algorithms that share weights demand of a problem; each function throws `AlgorithmError` where it cannot be. */

/** 1 where a higher value of the first optimised metric is better, else −1. */
export function signOf(metrics: readonly Metric[]): 1 | -1 {
  return optimisedMetrics(metrics)[0]?.goal === 'minimize' ? -1 : 1;
}

/** Refuses a space in which nothing is left to decide. */
export function refuseDecided({ size }: View): void {
  if (size !== '1') return;
  throw new AlgorithmError(
    'there are no weights to share in a space without decisions: give it one, or evaluate its point alone',
  );
}

/** Refuses an algorithm whose trials share weights already; `owner` is the one around it. */
export function refuseSlices(owner: string, { name }: AlgorithmReference, { slices }: BoundAlgorithm): void {
  if (!slices) return;
  throw new AlgorithmError(
    `${name} shares weights between its trials by itself: leave out weightSharing (${owner}), or give it another algorithm`,
  );
}

/** Refuses a training that begins somewhere and could end early: an evaluation under shared weights is none. */
export function refuseOwnTraining(
  owner: string,
  { name }: AlgorithmReference,
  { gate, until, continues }: Proposal,
): void {
  if (gate === undefined && until === undefined && continues === undefined) return;
  throw new AlgorithmError(
    `${name} decides itself where its trials begin or end, and trials with shared weights are not trained: ` +
      `give ${owner} another algorithm`,
  );
}

import { compareOutcomes, dominates, optimisedMetrics, scoresOf } from '../../algorithms/index.js';
import type { Metric, Outcome } from '../../algorithms/index.js';
import type { FrontTrial } from './loop-state.js';

/** Largest Pareto front that a search keeps. */
export const frontLimit = 200;

/**
 * The best trial, or with several optimised metrics the Pareto front, after one more outcome; the first metric orders
 * the front, best first. Equal trials keep the lowest index. A front above the limit loses the inner point that is
 * closest to its neighbours in the first metric.
 */
export function frontWith(
  candidates: readonly FrontTrial[],
  metrics: readonly Metric[],
  candidate: FrontTrial,
): readonly FrontTrial[] {
  const outcome = scored(candidate);
  const equals = (a: FrontTrial, b: FrontTrial): boolean =>
    compareOutcomes(metrics, scored(a), scored(b)) === 0;
  // In order of arrival, an equal trial of a lower index may come later.
  const precedes = (a: FrontTrial, b: FrontTrial): boolean =>
    compareOutcomes(metrics, scored(a), scored(b)) < 0 || (equals(a, b) && a.index < b.index);
  if (scoresOf(metrics, outcome) === null) return candidates;
  if (optimisedMetrics(metrics).length <= 1) {
    const [best] = candidates;
    return best === undefined || precedes(candidate, best) ? [candidate] : candidates;
  }
  const covered = candidates.some(
    (other) =>
      dominates(metrics, scored(other), outcome) ||
      (equals(other, candidate) && other.index < candidate.index),
  );
  if (covered) return candidates;
  const front = candidates.filter(
    (other) => !dominates(metrics, outcome, scored(other)) && !equals(other, candidate),
  );
  front.push(candidate);
  front.sort((a, b) => compareOutcomes(metrics, scored(a), scored(b)) || a.index - b.index);
  return front.length <= frontLimit ? front : withoutMostCrowded(front, metrics);
}

function withoutMostCrowded(front: readonly FrontTrial[], metrics: readonly Metric[]): readonly FrontTrial[] {
  const first = front.map((candidate) => scoresOf(metrics, scored(candidate))?.[0] ?? 0);
  let crowded = 1;
  let smallest = Infinity;
  for (let place = 1; place < front.length - 1; place += 1) {
    const gap = Math.abs((first[place - 1] ?? 0) - (first[place + 1] ?? 0));
    if (gap < smallest) {
      smallest = gap;
      crowded = place;
    }
  }
  return front.filter((_, place) => place !== crowded);
}

function scored(candidate: FrontTrial): Outcome {
  return { kind: 'scored', metrics: candidate.metrics };
}

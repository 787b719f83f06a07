import { AlgorithmError } from '../contract/algorithm-error.js';
import type { Configuration } from '../contract/configuration.js';
import { optimisedMetric } from '../contract/score.js';
import type { Metric } from '../contract/trial.js';

/**
 * The values of the optimised metric that become the rewards 0 and 1. A range that a user gave clips what lies outside; the
 * default one does not, because the user may have meant another.
 */
export type RewardRange = { readonly worst: number; readonly best: number; readonly clip: boolean };

/** The field `range` of an algorithm's configuration; throws `AlgorithmError` that says what it must be. */
export function readRewardRange(
  algorithm: string,
  fields: Configuration,
  metrics: readonly Metric[],
): RewardRange {
  const { name: metric, goal } = optimisedMetric(metrics);
  const value = fields.value('range');
  if (value === undefined) {
    if (goal === 'maximize') return { worst: 0, best: 1, clip: false };
    throw new AlgorithmError(
      `${algorithm} scales rewards to 0 … 1 and needs the worst and the best value of ${metric}: give it a 'range', such as [10, 0]`,
    );
  }
  const bounds: readonly unknown[] = Array.isArray(value) ? value : [];
  const [worst, best] = bounds;
  if (bounds.length !== 2 || !isFiniteNumber(worst) || !isFiniteNumber(best))
    return fields.refuse('range', `two finite numbers, the worst and the best value of ${metric}`);
  if (goal === 'maximize' ? !(worst < best) : !(worst > best)) {
    throw new AlgorithmError(
      `'range' of ${algorithm} is [${worst}, ${best}]: the first must be the worse of two different values of ${metric}, ` +
        `which the search ${goal}s`,
    );
  }
  return { worst: worst + 0, best: best + 0, clip: true };
}

/** A value of the metric on the scale of rewards, and whether it had to be clipped. */
export interface ScaledReward {
  readonly reward: number;
  readonly clipped: boolean;
}

/**
 * The reward 0 … 1 of a score, which is oriented so that higher is better. Throws `AlgorithmError` for a metric outside of
 * the default range.
 */
export function scaledReward(
  algorithm: string,
  { worst, best, clip }: RewardRange,
  metrics: readonly Metric[],
  score: number,
  index: number,
): ScaledReward {
  const { name, goal } = optimisedMetric(metrics);
  const value = goal === 'maximize' ? score : 0 - score;
  const scaled = (value - worst) / (best - worst);
  const outside = !(scaled >= 0 && scaled <= 1);
  if (outside && !clip) {
    throw new AlgorithmError(
      `trial ${index} reports ${name} ${value}, outside of the range ${worst} to ${best} that ${algorithm} assumes: ` +
        `give it the 'range' of ${name}, such as [0, 100]`,
    );
  }
  return { reward: scaled > 1 ? 1 : scaled > 0 ? scaled : 0, clipped: outside };
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

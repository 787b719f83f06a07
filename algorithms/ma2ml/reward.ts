import { dexp, dlog } from '../../foundation/numbers/index.js';
import type { Metric, Metrics, Outcome } from '../contract/trial.js';
import { scoreOf } from '../contract/score.js';
import { scaledReward } from '../policy-gradient/reward-range.js';
import type { CompleteCost, Ma2mlConfig } from './options.js';

/** Bits of the flags that stand with a reward. */
export const rewardFlags = {
  /** The pipeline gave no metrics that count: infeasible, failed, or a limit violated. */
  noResult: 1,
  /** A cost is above its target, or a known metric of a pipeline that was not trained is beyond a limit. */
  overTarget: 2,
  /** The metric lay outside the range. */
  clipped: 4,
} as const;

/** The cost of a pipeline that did not report it. */
export const unknownCost = -1;

/** A reward with its flags and the costs that shaped it, all as they are stored: in float32. */
export type Reward = {
  readonly reward: number;
  readonly flags: number;
  readonly costs: readonly number[];
};

/**
 * The reward of an outcome: its metric scaled to 0 … 1 by the range, then shaped by each cost in turn. An outcome
 * without a score, or without one of the costs, has the reward 0, and so has a pipeline that was not trained. Throws
 * `AlgorithmError` for a metric outside of the default range, because the user may have meant another one.
 */
export function rewardOf(
  config: Ma2mlConfig,
  metrics: readonly Metric[],
  outcome: Outcome,
  index: number,
): Reward {
  const score = scoreOf(metrics, outcome);
  const values = 'metrics' in outcome ? (outcome.metrics ?? {}) : {};
  const costs = config.costs.map(({ metric }) => {
    const cost = Object.hasOwn(values, metric) ? values[metric] : undefined;
    return cost === undefined || !(cost >= 0 && cost < Infinity) ? unknownCost : Math.fround(cost);
  });
  if (outcome.kind === 'infeasible' && isBeyond(config, metrics, values))
    return { reward: 0, flags: rewardFlags.overTarget, costs };
  if (score === null || costs.includes(unknownCost)) return { reward: 0, flags: rewardFlags.noResult, costs };
  const scaled = scaledReward('ma2ml', config.range, metrics, score, index);
  let { reward } = scaled;
  let flags = scaled.clipped ? rewardFlags.clipped : 0;
  for (const [place, cost] of config.costs.entries()) {
    const paid = costs[place] ?? unknownCost;
    if (paid > cost.target) flags |= rewardFlags.overTarget;
    reward = shaped(reward, cost, paid);
  }
  return { reward: Math.fround(reward) + 0, flags, costs };
}

/** Whether metrics are above a hard target or beyond a limit that their search declares. */
function isBeyond({ costs }: Ma2mlConfig, metrics: readonly Metric[], values: Metrics): boolean {
  const above = (name: string, limit: number): boolean => (values[name] ?? -Infinity) > limit;
  return (
    costs.some(({ metric, target, mode }) => mode === 'hard' && above(metric, target)) ||
    metrics.some(
      ({ name, atMost = Infinity, atLeast = -Infinity }) =>
        above(name, atMost) || (values[name] ?? Infinity) < atLeast,
    )
  );
}

/** What a cost of 0 counts as, in targets: it has no logarithm, and a pipeline that costs nothing is no error. */
const ratioOfNothing = 0.001;

/** One cost applied to a reward. */
function shaped(reward: number, cost: CompleteCost, paid: number): number {
  const ratio = paid / cost.target;
  switch (cost.mode) {
    case 'hard':
      return ratio > 1 ? 0 : reward;
    case 'mnasnet': {
      const exponent = ratio > 1 ? cost.exponentAbove : cost.exponent;
      if (exponent === 0) return reward;
      return reward * dexp(exponent * dlog(ratio > 0 ? ratio : ratioOfNothing));
    }
    case 'tunas':
      return reward + cost.weight * Math.abs(ratio - 1);
    default:
      return cost satisfies never;
  }
}

/** ω by the spread of shaped rewards: 0.3 times the distance of their 0.1 and 0.9 quantiles, at least 0.001. */
export function klWeightOfSpread(rewards: Float32Array): number {
  const sorted = rewards.slice().sort();
  return Math.max(0.001, 0.3 * (quantile(sorted, 0.9) - quantile(sorted, 0.1)));
}

/** A quantile of ascending numbers, linear between neighbours. */
function quantile(sorted: Float32Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? 0;
  const high = sorted[below + 1] ?? low;
  return low + (position - below) * (high - low);
}

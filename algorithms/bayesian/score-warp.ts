import { normalQuantile } from '../../foundation/numbers/index.js';

/**
 * Costs (lower is better) as a Gaussian process can learn them: the mean of their normal quantiles by rank, which diverged
 * trainings cannot spoil, and of themselves, clipped above, which tell small differences near the best from large ones.
 */
export function warpedCosts(costs: readonly number[]): Float64Array {
  const byRank = rankQuantiles(costs);
  const clipped = clippedAbove(costs);
  return Float64Array.from(costs, (_, at) => ((byRank[at] ?? 0) + (clipped[at] ?? 0)) / 2);
}

/** Φ⁻¹((rank − 3/8)/(n + 1/4)) of each cost; equal ones share the mean of their ranks (Blom). */
function rankQuantiles(costs: readonly number[]): readonly number[] {
  const count = costs.length;
  const order = costs.map((_, at) => at).sort((a, b) => (costs[a] ?? 0) - (costs[b] ?? 0) || a - b);
  const quantiles = new Array<number>(count).fill(0);
  for (let first = 0; first < count;) {
    let last = first;
    while (last + 1 < count && costs[order[last + 1] ?? 0] === costs[order[first] ?? 0]) last += 1;
    const rank = (first + last) / 2 + 1;
    const quantile = normalQuantile((rank - 0.375) / (count + 0.25));
    for (let place = first; place <= last; place += 1) quantiles[order[place] ?? 0] = quantile;
    first = last + 1;
  }
  return quantiles;
}

/** Costs up to two lower quarters above the median, with mean 0 and deviation 1. */
function clippedAbove(costs: readonly number[]): readonly number[] {
  const sorted = Float64Array.from(costs).sort();
  const median = quantileOf(sorted, 0.5);
  const most = median + 2 * (median - quantileOf(sorted, 0.25));
  return standardised(costs.map((cost) => Math.min(cost, most)));
}

/** Numbers with mean 0 and deviation 1; zeros where all are equal. */
export function standardised(numbers: readonly number[]): readonly number[] {
  const { mean, deviation } = momentsOf(numbers);
  return numbers.map((number) => (deviation > 0 ? (number - mean) / deviation : 0));
}

export function momentsOf(numbers: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const square = numbers.reduce((sum, number) => sum + (number - mean) * (number - mean), 0) / numbers.length;
  // Rounding leaves a little where all are equal.
  const deviation = Math.sqrt(square);
  return { mean, deviation: deviation > 1e-12 * Math.abs(mean) ? deviation : 0 };
}

/** A quantile of ascending numbers, linear between neighbours. */
export function quantileOf(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? 0;
  return low + (position - below) * ((sorted[below + 1] ?? low) - low);
}

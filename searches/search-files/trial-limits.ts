import type { Metric } from '../../algorithms/contract/index.js';
import type { TrialLimits } from './trial-handle.js';

/** The limits that a search declares on its metrics, and what its algorithm wants at most of them. */
export function trialLimits(
  metrics: readonly Metric[],
  wanted: Readonly<Record<string, number>>,
): TrialLimits {
  const limits = metrics.flatMap(({ name, atMost = Infinity, atLeast }) => {
    const most = Math.min(atMost, wanted[name] ?? Infinity);
    if (most === Infinity && atLeast === undefined) return [];
    const limit = {
      ...(most === Infinity ? {} : { atMost: most }),
      ...(atLeast === undefined ? {} : { atLeast }),
    };
    return [[name, limit] as const];
  });
  return Object.fromEntries(limits);
}

import { AlgorithmError } from './algorithm-error.js';
import type { Metric, Outcome } from './trial.js';

/** The metrics that the search optimises, in declared order. */
export function optimisedMetrics(metrics: readonly Metric[]): readonly Metric[] {
  return metrics.filter((metric) => metric.goal !== 'observe');
}

/** The one optimised metric of a search; throws `AlgorithmError` when there are none or several. */
export function optimisedMetric(
  metrics: readonly Metric[],
): Metric & { readonly goal: 'maximize' | 'minimize' } {
  let found: (Metric & { readonly goal: 'maximize' | 'minimize' }) | undefined;
  let count = 0;
  for (const metric of metrics) {
    if (metric.goal === 'observe') continue;
    count += 1;
    found ??= { ...metric, goal: metric.goal };
  }
  if (found === undefined || count !== 1) {
    throw new AlgorithmError(
      `exactly one metric must be maximized or minimized here, the search has ${count}`,
    );
  }
  return found;
}

/**
 * The scores of an outcome, one per optimised metric and oriented so that higher is better. Null when the outcome
 * has none: infeasible, failed or cancelled, an optimised metric missing or not finite, or a declared limit violated.
 * A limit holds for every metric that declares one; a limited metric that was not reported counts as violated.
 */
export function scoresOf(metrics: readonly Metric[], outcome: Outcome): readonly number[] | null {
  const values = outcome.kind === 'scored' || outcome.kind === 'stopped' ? outcome.metrics : undefined;
  if (values === undefined) return null;
  const scores: number[] = [];
  for (const metric of metrics) {
    const limited = metric.atMost !== undefined || metric.atLeast !== undefined;
    if (metric.goal === 'observe' && !limited) continue;
    const value = Object.hasOwn(values, metric.name) ? values[metric.name] : undefined;
    if (value === undefined || !Number.isFinite(value)) return null;
    if (metric.atMost !== undefined && value > metric.atMost) return null;
    if (metric.atLeast !== undefined && value < metric.atLeast) return null;
    // Subtracting from zero never gives −0, which no state can hold.
    if (metric.goal !== 'observe') scores.push(metric.goal === 'maximize' ? value + 0 : 0 - value);
  }
  return scores;
}

/** The score of an outcome in a search with one optimised metric, higher is better; null as in `scoresOf`. */
export function scoreOf(metrics: readonly Metric[], outcome: Outcome): number | null {
  const scores = scoresOf(metrics, outcome);
  if (scores === null) return null;
  const score = scores[0];
  if (score === undefined || scores.length !== 1) {
    throw new AlgorithmError(
      `exactly one metric must be optimised to have a score, the search has ${scores.length}`,
    );
  }
  return score;
}

/**
 * Order of outcomes for the best trial: negative when `a` is better. Outcomes without scores come last; several
 * metrics are compared in declared order. Equal outcomes give 0: the lower index is the better one.
 */
export function compareOutcomes(metrics: readonly Metric[], a: Outcome, b: Outcome): number {
  const left = scoresOf(metrics, a);
  const right = scoresOf(metrics, b);
  if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
  for (const [place, score] of left.entries()) {
    const other = right[place] ?? score;
    if (score !== other) return score > other ? -1 : 1;
  }
  return 0;
}

/**
 * Whether `a` dominates `b`: no optimised metric worse and at least one better. An outcome with scores dominates one
 * without; outcomes without scores dominate nothing.
 */
export function dominates(metrics: readonly Metric[], a: Outcome, b: Outcome): boolean {
  const left = scoresOf(metrics, a);
  if (left === null) return false;
  const right = scoresOf(metrics, b);
  if (right === null) return true;
  let better = false;
  for (const [place, score] of left.entries()) {
    const other = right[place] ?? score;
    if (score < other) return false;
    if (score > other) better = true;
  }
  return better;
}

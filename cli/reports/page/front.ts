import type { ChartLevel, ChartMetric, ChartTrial } from './chart-data.js';

/** Whether a trial keeps all limits of its level. */
export function isFeasible(level: ChartLevel, trial: ChartTrial): boolean {
  return level.metrics.every(({ atMost, atLeast }, place) => {
    const value = trial.values[place] ?? null;
    return value === null || ((atMost === null || value <= atMost) && (atLeast === null || value >= atLeast));
  });
}

/** A point of a plot of two metrics. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The points that no other one is at least as good as in both metrics, by increasing x; without goals there is none. */
export function paretoFront<P extends Point>(
  points: readonly P[],
  xMetric: ChartMetric,
  yMetric: ChartMetric,
): readonly P[] {
  if (xMetric.goal === 'observe' || yMetric.goal === 'observe') return [];
  const xSign = xMetric.goal === 'maximize' ? -1 : 1;
  const ySign = yMetric.goal === 'maximize' ? -1 : 1;
  const ordered = [...points].sort((a, b) => xSign * (a.x - b.x) || ySign * (a.y - b.y));
  const front: P[] = [];
  let least = Infinity;
  for (const point of ordered) {
    if (ySign * point.y >= least) continue;
    least = ySign * point.y;
    front.push(point);
  }
  return front.sort((a, b) => a.x - b.x);
}

/** The best value so far after each trial; null before the first that counts. */
export function bestSoFar(
  values: readonly (number | null)[],
  goal: ChartMetric['goal'],
): readonly (number | null)[] {
  if (goal === 'observe') return values.map(() => null);
  let best: number | null = null;
  return values.map((value) => {
    if (value !== null && (best === null || (goal === 'maximize' ? value > best : value < best)))
      best = value;
    return best;
  });
}

import { asLoss, kneeOf } from '../../analysis/index.js';
import { decidingMetrics, type JournalSummary } from '../../client/index.js';

/** Index of the best trial of a search, or of the knee of its front; null while nothing is scored. */
export function kneeIndex({ level, best }: Pick<JournalSummary, 'level' | 'best'>): number | null {
  const metrics = decidingMetrics(level).filter(({ goal }) => goal !== 'observe');
  const front = best.map((trial) => metrics.map(({ name, goal }) => asLoss(trial.metrics[name] ?? 0, goal)));
  const place = kneeOf(front);
  return place === null ? null : (best[place]?.index ?? null);
}

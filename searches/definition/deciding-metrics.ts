import type { Metric } from '../../algorithms/index.js';
import type { LevelDefinition } from './definition.js';

/** The metrics as the algorithm sees them: with an objective, it is the only optimised one. */
export function decidingMetrics(level: {
  readonly metrics: readonly Metric[];
  readonly objective?: LevelDefinition['objective'] | undefined;
}): readonly Metric[] {
  if (level.objective === undefined) return level.metrics;
  return [
    { name: 'objective', goal: level.objective.goal },
    // Only the limits of the others still count.
    ...level.metrics.map((metric): Metric => ({ ...metric, goal: 'observe' })),
  ];
}

/** What is better of a metric: `observe` is neither. */
export type MetricGoal = 'maximize' | 'minimize' | 'observe';

/** A value as a loss: smaller is better. */
export function asLoss(value: number, goal: MetricGoal): number {
  return goal === 'maximize' ? -value : value;
}

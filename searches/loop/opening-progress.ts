import { emptyTrajectory } from './trajectory.js';
import type { SearchPhase, SearchProgress } from './progress.js';
import { decidingMetrics } from '../definition/deciding-metrics.js';
import type { LevelDefinition } from '../definition/definition.js';

/** The progress of a search without trials; `level` is undefined while its definition has not been read. */
export function openingProgress(
  search: string,
  level: LevelDefinition | undefined,
  phase: SearchPhase,
  message: string | null,
): SearchProgress {
  const metrics = level === undefined ? [] : decidingMetrics(level);
  return {
    search,
    level: level?.name ?? '',
    phase,
    message,
    trials: 0,
    trialsBudget: level?.budget.trials ?? null,
    outcomes: { scored: 0, infeasible: 0, stopped: 0, failed: 0, cancelled: 0 },
    running: [],
    concurrency: level?.concurrency ?? 0,
    window: level?.window ?? 0,
    cost: 0,
    best: null,
    bestMetric: metrics.find(({ goal }) => goal !== 'observe')?.name ?? '',
    trajectoryHash: emptyTrajectory,
    activeMilliseconds: 0,
  };
}

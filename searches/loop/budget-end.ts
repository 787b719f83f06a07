import { unreachable } from '../../foundation/errors/index.js';
import { scoresOf } from '../../algorithms/index.js';
import type { Metric, Metrics, Outcome } from '../../algorithms/index.js';
import type { Budget } from '../definition/definition.js';
import type { LoopState } from './loop-state.js';
import type { EndReason } from './progress.js';

type Spent = Pick<LoopState, 'budget' | 'counts' | 'cost' | 'nextIndex' | 'candidates'>;

/**
 * The end of a search at an outcome that has just been counted; null when no amount of its budget is reached. Only a
 * result can reach a target: in a search in slices, not every outcome is one.
 */
export function endAt(
  metrics: readonly Metric[],
  { budget, counts, cost }: Spent,
  index: number,
  outcome: Outcome,
  isResult: boolean,
): EndReason | null {
  if (budget.target !== undefined && outcome.kind === 'scored' && isResult) {
    if (reaches(metrics, outcome.metrics, budget.target)) return { kind: 'target', index };
  }
  if (budget.scored !== undefined && counts.scored >= budget.scored) return { kind: 'scored' };
  if (budget.cost !== undefined && cost >= budget.cost) return { kind: 'cost' };
  return null;
}

/** The end of a search that proposes no further trial, once every index has its outcome; null before. */
export function endOfProposals({
  budget,
  durationReached,
  enqueued,
  exhausted,
  nextIndex,
  recorded,
}: Readonly<LoopState>): EndReason | null {
  if (recorded !== nextIndex) return null;
  if (nextIndex >= (budget.trials ?? Infinity)) return { kind: 'trials' };
  if (durationReached) return { kind: 'duration' };
  return exhausted && enqueued.length === 0 ? { kind: 'exhausted' } : null;
}

/** Whether the amount that ended a search is still reached after its budget was extended. */
export function stillEnded(
  metrics: readonly Metric[],
  { budget, counts, cost, nextIndex, candidates }: Spent,
  end: EndReason,
  extension: Budget,
): boolean {
  switch (end.kind) {
    case 'trials':
      return nextIndex >= (budget.trials ?? Infinity);
    case 'scored':
      return counts.scored >= (budget.scored ?? Infinity);
    case 'cost':
      return cost >= (budget.cost ?? Infinity);
    case 'target': {
      const { target } = extension;
      return (
        target === undefined || candidates.some((candidate) => reaches(metrics, candidate.metrics, target))
      );
    }
    case 'duration':
      return extension.duration === undefined;
    case 'exhausted':
      return true;
    default:
      return unreachable(end, 'end');
  }
}

function reaches(
  metrics: readonly Metric[],
  values: Metrics,
  target: { readonly metric: string; readonly value: number },
): boolean {
  if (scoresOf(metrics, { kind: 'scored', metrics: values }) === null) return false;
  const value = values[target.metric];
  if (value === undefined) return false;
  const goal = metrics.find((metric) => metric.name === target.metric)?.goal;
  return goal === 'minimize' ? value <= target.value : value >= target.value;
}

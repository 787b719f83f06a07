import { setCurrentDetails, upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { RetrainingProgress, SearchLoop, SearchPhase } from '../searches/index.js';
import { searchAttributeKeys } from './messages/search-attributes.js';
import { searchDetails } from './search-details.js';

/** Milliseconds of workflow time at least between two updates at trial events. */
const interval = 1_000;

/** Characters of JSON; parameters beyond stay out of the memo, which every list of workflows carries. */
const parametersLimit = 2_000;

/** What the Temporal UI shows of a search: search attributes, memo and current details. */
export class SearchDisplay {
  private last = -Infinity;
  private lastPhase: SearchPhase | null = null;
  private lastBest: number | null = null;

  /** `searchAttributes`: whether the cluster knows them; without them a reader sees the details and the memo alone. */
  constructor(private readonly searchAttributes: boolean) {}

  /** Shows the search after an event: at once when the phase changed, else at most once a second. */
  show(
    loop: SearchLoop,
    phase: SearchPhase,
    now: number,
    retraining: RetrainingProgress | null,
    final = false,
  ): void {
    if (phase === this.lastPhase && !final && now - this.last < interval) return;
    const firstOrChanged = phase !== this.lastPhase;
    this.last = now;
    this.lastPhase = phase;
    const { namespace, continuedFromExecutionRunId } = workflowInfo();
    const continued = continuedFromExecutionRunId !== undefined;
    setCurrentDetails(searchDetails(loop, phase, namespace, continued, retraining));
    // A search in slices has no best trial between an epoch and the next evaluation: an earlier value is taken away.
    const value = loop.report.bestValue();
    if (!this.searchAttributes) {
      if (firstOrChanged || final) upsertMemo(memoOf(loop, phase));
      return;
    }
    upsertSearchAttributes([
      ...(firstOrChanged
        ? [
            { key: searchAttributeKeys.study, value: loop.plan.definition.name },
            { key: searchAttributeKeys.level, value: loop.plan.level.name },
            { key: searchAttributeKeys.phase, value: phase },
          ]
        : []),
      { key: searchAttributeKeys.trials, value: loop.report.completed },
      ...(value !== this.lastBest || (firstOrChanged && loop.plan.algorithm.slices)
        ? [{ key: searchAttributeKeys.best, value }]
        : []),
    ]);
    this.lastBest = value;
    if (firstOrChanged || final) upsertMemo(memoOf(loop, phase));
  }
}

function memoOf(loop: SearchLoop, phase: SearchPhase): Record<string, unknown> {
  const [best] = loop.report.best();
  const parameters = best === undefined ? null : { [loop.plan.level.name]: best.parameters, ...best.inner };
  return {
    study: loop.plan.definition.name,
    level: loop.plan.level.name,
    phase,
    trials: loop.report.completed,
    metric: loop.report.bestMetric(),
    best: loop.report.bestValue(),
    bestTrial: best?.index ?? null,
    bestParameters: JSON.stringify(parameters).length <= parametersLimit ? parameters : null,
    trajectoryHash: loop.state.trajectoryHash,
  };
}

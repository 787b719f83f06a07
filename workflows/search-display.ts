import { setCurrentDetails, upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { RetrainingProgress, SearchLoop, SearchPhase } from '../searches/index.js';
import type { HistoryCount } from './history-count.js';
import { searchAttributeKeys } from './messages/search-attributes.js';
import { formerClock, type RunRules } from './run-rules.js';
import { searchDetails } from './search-details.js';

/** Trials that are complete between two updates; a timer sees to fewer ones. */
const trialsBetween = 256;

/** Milliseconds of workflow time at least between two updates, under the former rules. */
const interval = 1_000;

/** Characters of JSON; parameters beyond stay out of the memo, which every list of workflows carries. */
const parametersLimit = 2_000;

/** Why the search is shown: something happened, the timer rang for what lags behind, or it ends. */
export type Occasion = 'event' | 'timer' | 'end';

/** What the Temporal UI shows of a search: search attributes, memo and current details. */
export class SearchDisplay {
  private last = -Infinity;
  private lastPhase: SearchPhase | null = null;
  private lastBest: number | null = null;
  private lastTrials = 0;
  private shown = '';

  /** `searchAttributes`: whether the cluster knows them; without them a reader sees the details and the memo alone. */
  constructor(
    private readonly searchAttributes: boolean,
    private readonly rules: RunRules,
    private readonly count: HistoryCount,
  ) {}

  /** Whether what is shown is behind the search. */
  isBehind(loop: SearchLoop, retraining: RetrainingProgress | null): boolean {
    return this.shown !== standing(loop, retraining);
  }

  /** Shows the search: at once when the phase changed or it ends, else after some trials or when the timer rang. */
  show(
    loop: SearchLoop,
    phase: SearchPhase,
    retraining: RetrainingProgress | null,
    occasion: Occasion,
  ): void {
    const firstOrChanged = phase !== this.lastPhase;
    const final = occasion === 'end';
    if (!firstOrChanged && !final && !this.isDue(loop, retraining, occasion)) return;
    const trials = loop.report.completed;
    // Under the current rules nothing is written that stands there already.
    const moved = this.rules === 'former' || trials !== this.lastTrials;
    if (this.rules === 'former') this.last = formerClock();
    this.lastPhase = phase;
    this.lastTrials = trials;
    this.shown = standing(loop, retraining);
    const { namespace, continuedFromExecutionRunId } = workflowInfo();
    const continued = continuedFromExecutionRunId !== undefined;
    setCurrentDetails(searchDetails(loop, phase, namespace, continued, retraining));
    // A search in slices has no best trial between an epoch and the next evaluation: an earlier value is taken away.
    const value = loop.report.bestValue();
    if (!this.searchAttributes) {
      if (firstOrChanged || final) this.remember(loop, phase);
      return;
    }
    const attributes = [
      ...(firstOrChanged
        ? [
            { key: searchAttributeKeys.study, value: loop.plan.definition.name },
            { key: searchAttributeKeys.level, value: loop.plan.level.name },
            { key: searchAttributeKeys.phase, value: phase },
          ]
        : []),
      ...(firstOrChanged || final || moved ? [{ key: searchAttributeKeys.trials, value: trials }] : []),
      ...(value !== this.lastBest || (firstOrChanged && loop.plan.algorithm.slices)
        ? [{ key: searchAttributeKeys.best, value }]
        : []),
    ];
    if (attributes.length > 0) {
      upsertSearchAttributes(attributes);
      this.count.add(1);
    }
    this.lastBest = value;
    if (firstOrChanged || final) this.remember(loop, phase);
  }

  private isDue(loop: SearchLoop, retraining: RetrainingProgress | null, occasion: Occasion): boolean {
    if (this.rules === 'former') return formerClock() - this.last >= interval;
    if (loop.report.completed - this.lastTrials >= trialsBetween) return true;
    return occasion === 'timer' && this.isBehind(loop, retraining);
  }

  private remember(loop: SearchLoop, phase: SearchPhase): void {
    upsertMemo(memoOf(loop, phase));
    this.count.add(1, parametersLimit);
  }
}

/** What the display follows, as text to compare. */
function standing(loop: SearchLoop, retraining: RetrainingProgress | null): string {
  const { nextIndex, concurrency } = loop.state;
  return JSON.stringify([loop.report.completed, nextIndex, concurrency, retraining]);
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

import { setHandler, workflowInfo } from '@temporalio/workflow';
import { answerLimits, emptyTrajectory } from '../searches/index.js';
import type { SearchProgress, SearchResult } from '../searches/index.js';
import {
  algorithmQuery,
  bestQuery,
  progressQuery,
  trialsQuery,
  type SearchInput,
} from './messages/messages.js';
import { SearchRunner } from './search-runner.js';
import { SteeredSearch } from './steered-search.js';
import { registerSteering } from './steering.js';

/** A search at one level: the durable loop that proposes, evaluates and tells until its budget is spent. */
export async function search(input: SearchInput, continued?: Uint8Array): Promise<SearchResult> {
  const steered = new SteeredSearch(input.parentPaused);
  registerSteering(steered);
  setHandler(progressQuery, () => steered.runner?.progress() ?? openingProgress(input));
  setHandler(bestQuery, () => steered.runner?.search.report.best() ?? []);
  setHandler(trialsQuery, () => steered.runner?.search.report.trials() ?? { running: [], last: [] });
  setHandler(algorithmQuery, () => steered.runner?.search.report.algorithm(answerLimits) ?? null);

  const opened = await SearchRunner.open(input, continued);
  if (!(opened instanceof SearchRunner)) return opened;
  const parentPaused = steered.open(opened);
  if (continued === undefined) opened.setParentPaused(parentPaused);
  return opened.run();
}

/** What is known of a search whose journal is still being opened. */
function openingProgress({ definition, level, parentPaused }: SearchInput): SearchProgress {
  const found = definition.kind === 'inline' ? definition.definition.levels[level] : undefined;
  return {
    search: workflowInfo().workflowId,
    level: found?.name ?? '',
    phase: parentPaused ? 'paused' : 'running',
    message: 'The search is being opened.',
    trials: 0,
    trialsBudget: found?.budget.trials ?? null,
    outcomes: { scored: 0, infeasible: 0, stopped: 0, failed: 0, cancelled: 0 },
    running: [],
    concurrency: found?.concurrency ?? 0,
    window: found?.window ?? 0,
    cost: 0,
    best: null,
    bestMetric: found?.metrics.find(({ goal }) => goal !== 'observe')?.name ?? '',
    trajectoryHash: emptyTrajectory,
    activeMilliseconds: 0,
  };
}

import { setHandler, workflowInfo } from '@temporalio/workflow';
import { answerLimits, openingProgress } from '../searches/index.js';
import type { SearchProgress, SearchResult } from '../searches/index.js';
import {
  algorithmQuery,
  bestQuery,
  progressQuery,
  trialsQuery,
  type SearchInput,
} from './messages/messages.js';
import { rulesOfRun } from './run-rules.js';
import { SearchRunner } from './search-runner.js';
import { SteeredSearch } from './steered-search.js';
import { registerSteering } from './steering.js';

/** A search at one level: the durable loop that proposes, evaluates and tells until its budget is spent. */
export async function search(input: SearchInput, continued?: Uint8Array): Promise<SearchResult> {
  const rules = rulesOfRun();
  const steered = new SteeredSearch(rules, input.parentPaused);
  registerSteering(steered);
  setHandler(progressQuery, () => steered.runner?.progress() ?? progressBeforeOpening(input));
  setHandler(bestQuery, () => steered.runner?.search.report.best() ?? []);
  setHandler(trialsQuery, () => steered.runner?.search.report.trials() ?? { running: [], last: [] });
  setHandler(algorithmQuery, () => steered.runner?.search.report.algorithm(answerLimits) ?? null);

  const opened = await SearchRunner.open(input, rules, continued);
  if (!(opened instanceof SearchRunner)) return opened;
  const parentPaused = steered.open(opened);
  if (continued === undefined) opened.setParentPaused(parentPaused);
  return opened.run();
}

/** The progress of a search whose journal is still being opened. */
function progressBeforeOpening({ definition, level, parentPaused }: SearchInput): SearchProgress {
  return openingProgress(
    workflowInfo().workflowId,
    definition.kind === 'inline' ? definition.definition.levels[level] : undefined,
    parentPaused ? 'paused' : 'running',
    'The search is being opened.',
  );
}

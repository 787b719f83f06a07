import { ApplicationFailure, condition, setHandler, workflowInfo } from '@temporalio/workflow';
import { answerLimits, compareBudgets, emptyTrajectory } from '../searches/index.js';
import type { Budget, SearchDefinition, SearchProgress, SearchResult } from '../searches/index.js';
import {
  adoptUpdate,
  algorithmQuery,
  bestQuery,
  cancelTrialSignal,
  cancelTrialUpdate,
  enqueueSignal,
  enqueueUpdate,
  extendSignal,
  extendUpdate,
  parentPausedSignal,
  pauseSignal,
  pauseUpdate,
  progressQuery,
  resumeSignal,
  resumeUpdate,
  setConcurrencySignal,
  setConcurrencyUpdate,
  trialsQuery,
  type EnqueuedPoint,
  type SearchInput,
} from './messages/messages.js';
import { SearchRunner } from './search-runner.js';

/** Points that may wait to be tried: they are part of the state that a search carries on. */
const enqueuedLimit = 1_000;

/** A search at one level: the durable loop that proposes, evaluates and tells until its budget is spent. */
export async function search(input: SearchInput, continued?: Uint8Array): Promise<SearchResult> {
  let opened: SearchRunner | null = null;
  let latestParentPaused = input.parentPaused;
  const runner = async (): Promise<SearchRunner> => {
    await condition(() => opened !== null);
    if (opened === null) throw new Error('The condition holds only once the search is open.');
    if (opened.closed !== null) throw refused(`The search has already ended (${opened.closed}).`);
    return opened;
  };

  const pause = async (): Promise<SearchProgress> => {
    const target = await runner();
    if (!target.search.pauses.user) target.intervene({ kind: 'pause', by: 'user' });
    return target.progress();
  };
  const resume = async (): Promise<SearchProgress> => {
    const target = await runner();
    const { user, parent, losses } = target.search.pauses;
    if (!user && losses === null) {
      throw refused(
        parent
          ? 'It is paused by the search around it: resume that one.'
          : 'It runs and is not paused: there is nothing to resume.',
      );
    }
    target.intervene({ kind: 'resume', by: 'user' });
    return target.progress();
  };
  const extend = async (budget: Budget): Promise<SearchProgress> => {
    const target = await runner();
    if (compareBudgets(target.search.state.budget, budget) === 'smaller') {
      const now = JSON.stringify(target.search.state.budget);
      throw refused(`A budget can only be raised: it is ${now} now; cancel the search to end it earlier.`);
    }
    target.intervene({ kind: 'extend', budget });
    return target.progress();
  };
  const setConcurrency = async (concurrency: number): Promise<SearchProgress> => {
    const target = await runner();
    const { order, window } = target.search.plan.level;
    if (order === 'in-order' && concurrency > window) {
      throw refused(
        `A concurrency of ${concurrency} is above the window of ${window}, which is fixed for this search.`,
      );
    }
    target.intervene({ kind: 'setConcurrency', concurrency });
    return target.progress();
  };
  const enqueue = async (point: EnqueuedPoint): Promise<{ index: number }> => {
    const target = await runner();
    const genome = target.genomeOf(point);
    if (target.search.state.enqueued.length >= enqueuedLimit)
      throw refused(`${enqueuedLimit} points wait already: enqueue more once some have been tried.`);
    const index = target.search.report.nextEnqueuedIndex;
    target.intervene({ kind: 'enqueue', genome });
    return { index };
  };
  const cancelTrial = async (index: number): Promise<SearchProgress> => {
    const target = await runner();
    const open = target.search.find(index);
    if (open === undefined || open.status.kind === 'done') {
      throw refused(`Trial ${index} is not open: running are ${runningOf(target)}.`);
    }
    target.intervene({ kind: 'cancelTrial', trial: index });
    return target.progress();
  };
  const adopt = async (definition: SearchDefinition): Promise<SearchProgress> => {
    const target = await runner();
    await target.adopt(definition);
    return target.progress();
  };

  setHandler(pauseUpdate, pause, {
    description: 'Start nothing more; running trainings park at a checkpoint.',
  });
  setHandler(resumeUpdate, resume, { description: 'Go on after a pause.' });
  setHandler(extendUpdate, extend, {
    description: 'Raise the budget: {"trials": 200}.',
    validator: (budget: Budget) => checkBudget(budget),
  });
  setHandler(setConcurrencyUpdate, setConcurrency, {
    description: 'Number of trials that run at the same time.',
    validator: (concurrency: number) => checkCount(concurrency, 'The concurrency'),
  });
  setHandler(enqueueUpdate, enqueue, { description: 'Try a point next: {"parameters": {...}}.' });
  setHandler(cancelTrialUpdate, cancelTrial, {
    description: 'End one running trial; its index counts as cancelled.',
  });
  setHandler(adoptUpdate, adopt, { description: 'Go on with another bundle of the search file.' });

  // A signal has no answer: what an update would refuse is left out.
  setHandler(pauseSignal, ignoringRefusals(pause), { description: 'As the update pause.' });
  setHandler(resumeSignal, ignoringRefusals(resume), { description: 'As the update resume.' });
  setHandler(
    extendSignal,
    ignoringRefusals(async (budget: Budget) => {
      checkBudget(budget);
      await extend(budget);
    }),
    { description: 'As the update extend.' },
  );
  setHandler(
    setConcurrencySignal,
    ignoringRefusals(async (concurrency: number) => {
      checkCount(concurrency, 'The concurrency');
      await setConcurrency(concurrency);
    }),
    { description: 'As the update setConcurrency.' },
  );
  setHandler(enqueueSignal, ignoringRefusals(enqueue), { description: 'As the update enqueue.' });
  setHandler(cancelTrialSignal, ignoringRefusals(cancelTrial), { description: 'As the update cancelTrial.' });
  setHandler(parentPausedSignal, (paused) => {
    latestParentPaused = paused;
    opened?.setParentPaused(paused);
  });

  setHandler(progressQuery, () => opened?.progress() ?? openingProgress(input));
  setHandler(bestQuery, () => opened?.search.report.best() ?? []);
  setHandler(trialsQuery, () => opened?.search.report.trials() ?? { running: [], last: [] });
  setHandler(algorithmQuery, () => opened?.search.report.algorithm(answerLimits) ?? null);

  const found = await SearchRunner.open(input, continued);
  if (!(found instanceof SearchRunner)) return found;
  opened = found;
  if (continued === undefined) found.setParentPaused(latestParentPaused);
  return found.run();
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

function ignoringRefusals<Arguments extends unknown[]>(
  handler: (...args: Arguments) => Promise<unknown>,
): (...args: Arguments) => Promise<void> {
  return async (...args) => {
    try {
      await handler(...args);
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
    }
  };
}

function checkBudget(budget: Budget): void {
  const amounts = Object.entries(budget).filter(([name]) => name !== 'target');
  for (const [name, amount] of amounts) {
    if (!['trials', 'scored', 'cost', 'duration'].includes(name)) {
      throw refused(`A budget has no amount "${name}": it has trials, scored, cost, duration and target.`);
    }
    if (typeof amount !== 'number' || !(amount > 0))
      throw refused(`The budget's ${name} must be a number above 0.`);
  }
  for (const name of ['trials', 'scored'] as const) {
    if (budget[name] !== undefined) checkCount(budget[name], `The budget's ${name}`);
  }
}

function checkCount(value: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < 1) throw refused(`${what} must be a whole number above 0.`);
}

function runningOf(runner: SearchRunner): string {
  const { running } = runner.progress();
  return running.length === 0 ? 'none' : running.join(', ');
}

function refused(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'BadInput');
}

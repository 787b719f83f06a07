import {
  ApplicationFailure,
  condition,
  currentUpdateInfo,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { answerLimits, compareBudgets, openingProgress } from '../searches/index.js';
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

  /** A handler that acts, unless an earlier run has already handled the same update, and answers the progress. */
  const acting =
    <Arguments extends unknown[]>(
      act: (target: SearchRunner, ...args: Arguments) => Promise<void> | void,
    ): ((...args: Arguments) => Promise<SearchProgress>) =>
    async (...args) => {
      const target = await runner();
      const id = currentUpdateInfo()?.id;
      if (target.handledUpdates.find(id) === undefined) {
        const acted = act(target, ...args);
        // An `await` of nothing would let other steps of the workflow run between the act and its answer.
        if (acted !== undefined) await acted;
        target.handledUpdates.add(id);
      }
      return target.progress();
    };

  const pause = acting((target) => {
    if (!target.search.pauses.user) target.intervene({ kind: 'pause', by: 'user' });
  });
  const resume = acting((target) => {
    const { user, parent, losses } = target.search.pauses;
    if (!user && losses === null) {
      throw refused(
        parent
          ? 'It is paused by the search around it: resume that one.'
          : 'It runs and is not paused: there is nothing to resume.',
      );
    }
    target.intervene({ kind: 'resume', by: 'user' });
  });
  const extend = acting((target, budget: Budget) => {
    if (compareBudgets(target.search.budget, budget) === 'smaller') {
      const now = JSON.stringify(target.search.budget);
      throw refused(`A budget can only be raised: it is ${now} now; cancel the search to end it earlier.`);
    }
    target.intervene({ kind: 'extend', budget });
  });
  const setConcurrency = acting((target, concurrency: number) => {
    const { order, window } = target.search.plan.level;
    if (order === 'in-order' && concurrency > window) {
      throw refused(
        `A concurrency of ${concurrency} is above the window of ${window}, which is fixed for this search.`,
      );
    }
    target.intervene({ kind: 'setConcurrency', concurrency });
  });
  const enqueue = async (point: EnqueuedPoint): Promise<{ index: number | null }> => {
    const target = await runner();
    const id = currentUpdateInfo()?.id;
    const handled = target.handledUpdates.find(id);
    if (handled !== undefined) return { index: handled.index };
    const genome = target.genomeOf(point);
    if (target.search.enqueued >= enqueuedLimit)
      throw refused(`${enqueuedLimit} points wait already: enqueue more once some have been tried.`);
    const index = target.search.nextEnqueuedIndex;
    target.intervene({ kind: 'enqueue', genome });
    target.handledUpdates.add(id, index);
    return { index };
  };
  const cancelTrial = acting((target, index: number) => {
    const open = target.search.find(index);
    if (open === undefined || open.status.kind === 'done') {
      throw refused(`Trial ${index} is not open: running are ${runningOf(target)}.`);
    }
    target.intervene({ kind: 'cancelTrial', trial: index });
  });
  const adopt = acting((target, definition: SearchDefinition) => target.adopt(definition));

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

  setHandler(progressQuery, () => opened?.progress() ?? progressBeforeOpening(input));
  setHandler(bestQuery, () => opened?.search.report.best() ?? []);
  setHandler(trialsQuery, () => opened?.search.report.trials() ?? { running: [], last: [] });
  setHandler(algorithmQuery, () => opened?.search.report.algorithm(answerLimits) ?? null);

  const found = await SearchRunner.open(input, continued);
  if (!(found instanceof SearchRunner)) return found;
  opened = found;
  if (continued === undefined) found.setParentPaused(latestParentPaused);
  return found.run();
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

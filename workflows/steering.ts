import type { SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { ApplicationFailure, currentUpdateInfo, setHandler } from '@temporalio/workflow';
import { unreachable } from '../foundation/errors/index.js';
import { encode, validate } from '../search-spaces/index.js';
import {
  type Budget,
  compareBudgets,
  problemText,
  type SearchPlan,
  type SearchProgress,
} from '../searches/index.js';
import {
  adoptUpdate,
  cancelTrialSignal,
  cancelTrialUpdate,
  enqueueSignal,
  enqueueUpdate,
  extendSignal,
  extendUpdate,
  parentPausedSignal,
  pauseSignal,
  pauseUpdate,
  resumeSignal,
  resumeUpdate,
  setConcurrencySignal,
  setConcurrencyUpdate,
  type EnqueuedPoint,
} from './messages/messages.js';
import type { SearchRunner } from './search-runner.js';
import { refused, type SteeredSearch } from './steered-search.js';

/** A message that steers a search: what a person may send as an update, and what it does. */
type SteeringMessage<Arguments extends [] | [unknown], Answer> =
  | {
      readonly kind: 'update and signal';
      readonly update: UpdateDefinition<Answer, Arguments>;
      readonly signal: SignalDefinition<Arguments>;
      readonly description: string;
      /** Throws when the arguments are wrong whatever the search does. */
      readonly validate?: (...args: Arguments) => void;
      /** Acts on the search, or refuses. */
      readonly handle: (runner: SearchRunner, ...args: Arguments) => void;
      /** Index of the trial for which the message has just asked; absent: the message asks for none. */
      readonly index?: (runner: SearchRunner) => number;
      /** What the update answers afterwards, a repeated one too; the index is null where it asks for no trial. */
      readonly answer: (runner: SearchRunner, index: number | null) => Answer;
    }
  | {
      readonly kind: 'update';
      readonly update: UpdateDefinition<Answer, Arguments>;
      readonly description: string;
      readonly handle: (runner: SearchRunner, ...args: Arguments) => Promise<void>;
      readonly answer: (runner: SearchRunner) => Answer;
    }
  | {
      readonly kind: 'signal';
      readonly signal: SignalDefinition<Arguments>;
      readonly handle: (search: SteeredSearch, ...args: Arguments) => void;
    };

/** A message whose types are checked: how it is registered at a search. */
interface Registration {
  readonly registerUpdate?: (search: SteeredSearch) => void;
  readonly registerSignal?: (search: SteeredSearch) => void;
}

/** Points that may wait to be tried: they are part of the state that a search carries on. */
const enqueuedLimit = 1_000;

const progress = (runner: SearchRunner): SearchProgress => runner.progress();

/** All messages that steer a search, in the order in which people read of them. */
const steeringMessages: readonly Registration[] = [
  message({
    kind: 'update and signal',
    update: pauseUpdate,
    signal: pauseSignal,
    description: 'Start nothing more; running trainings park at a checkpoint.',
    handle: (runner) => {
      if (!runner.search.pauses.user) runner.intervene({ kind: 'pause', by: 'user' });
    },
    answer: progress,
  }),
  message({
    kind: 'update and signal',
    update: resumeUpdate,
    signal: resumeSignal,
    description: 'Go on after a pause.',
    handle: (runner) => {
      const { user, parent, losses } = runner.search.pauses;
      if (!user && losses === null) {
        throw refused(
          parent
            ? 'It is paused by the search around it: resume that one.'
            : 'It runs and is not paused: there is nothing to resume.',
        );
      }
      runner.intervene({ kind: 'resume', by: 'user' });
    },
    answer: progress,
  }),
  message({
    kind: 'update and signal',
    update: extendUpdate,
    signal: extendSignal,
    description: 'Raise the budget: {"trials": 200}.',
    validate: checkBudget,
    handle: (runner, budget: Budget) => {
      if (compareBudgets(runner.search.state.budget, budget) === 'smaller') {
        const now = JSON.stringify(runner.search.state.budget);
        throw refused(`A budget can only be raised: it is ${now} now; cancel the search to end it earlier.`);
      }
      runner.intervene({ kind: 'extend', budget });
    },
    answer: progress,
  }),
  message({
    kind: 'update and signal',
    update: setConcurrencyUpdate,
    signal: setConcurrencySignal,
    description: 'Number of trials that run at the same time.',
    validate: (concurrency: number) => checkCount(concurrency, 'The concurrency'),
    handle: (runner, concurrency: number) => {
      const { order, window } = runner.search.plan.level;
      if (order === 'in-order' && concurrency > window) {
        throw refused(
          `A concurrency of ${concurrency} is above the window of ${window}, which is fixed for this search.`,
        );
      }
      runner.intervene({ kind: 'setConcurrency', concurrency });
    },
    answer: progress,
  }),
  message({
    kind: 'update and signal',
    update: enqueueUpdate,
    signal: enqueueSignal,
    description: 'Try a point next: {"parameters": {...}}.',
    handle: (runner, point: EnqueuedPoint) => {
      const { algorithm } = runner.search.plan;
      if (algorithm.slices) {
        throw refused(
          `${algorithm.name} shares weights between its trials, and an enqueued point would have no checkpoint to continue: start another search for it.`,
        );
      }
      const genome = genomeOf(runner.search.plan, point);
      if (runner.search.state.enqueued.length >= enqueuedLimit)
        throw refused(`${enqueuedLimit} points wait already: enqueue more once some have been tried.`);
      runner.intervene({ kind: 'enqueue', genome });
    },
    // The point is the last one that waits.
    index: ({ search }) => search.report.nextEnqueuedIndex - 1,
    answer: (_runner, index) => ({ index }),
  }),
  message({
    kind: 'update and signal',
    update: cancelTrialUpdate,
    signal: cancelTrialSignal,
    description: 'End one running trial; its index counts as cancelled.',
    handle: (runner, index: number) => {
      const open = runner.search.find(index);
      if (open === undefined || open.status.kind === 'done') {
        const { running } = runner.progress();
        const indices = running.length === 0 ? 'none' : running.join(', ');
        throw refused(`Trial ${index} is not open: running are ${indices}.`);
      }
      runner.intervene({ kind: 'cancelTrial', trial: index });
    },
    answer: progress,
  }),
  message({
    kind: 'update',
    update: adoptUpdate,
    description: 'Go on with another bundle of the search file.',
    handle: (runner, definition) => runner.adopt(definition),
    answer: progress,
  }),
  message({
    kind: 'signal',
    signal: parentPausedSignal,
    handle: (search, paused) => search.setParentPaused(paused),
  }),
];

/** Lets the messages that steer a search reach it. */
export function registerSteering(search: SteeredSearch): void {
  // A registration delivers what arrived before it: of the messages that come with the start, updates act first.
  for (const { registerUpdate } of steeringMessages) registerUpdate?.(search);
  for (const { registerSignal } of steeringMessages) registerSignal?.(search);
}

/** Makes the registration of a message. */
function message<Arguments extends [] | [unknown], Answer>(
  steering: SteeringMessage<Arguments, Answer>,
): Registration {
  switch (steering.kind) {
    case 'update and signal': {
      const { update, signal, description, validate: validator, handle, index, answer } = steering;
      const act = async (search: SteeredSearch, args: Arguments): Promise<Answer> => {
        const runner = await search.running();
        const id = currentUpdateInfo()?.id;
        const handled = runner.handledUpdates.find(id);
        if (handled !== undefined) return answer(runner, handled.index);
        handle(runner, ...args);
        const asked = index?.(runner) ?? null;
        runner.handledUpdates.add(id, asked);
        return answer(runner, asked);
      };
      return {
        registerUpdate: (search) =>
          setHandler(update, (...args: Arguments) => act(search, args), {
            description,
            ...(validator === undefined ? {} : { validator }),
          }),
        registerSignal: (search) => {
          const handler = ignoringRefusals(async (...args: Arguments) => {
            validator?.(...args);
            await act(search, args);
          });
          setHandler(signal, handler, { description: `As the update ${update.name}.` });
        },
      };
    }
    case 'update': {
      const { update, description, handle, answer } = steering;
      const act = async (search: SteeredSearch, args: Arguments): Promise<Answer> => {
        const runner = await search.running();
        const id = currentUpdateInfo()?.id;
        if (runner.handledUpdates.find(id) === undefined) {
          await handle(runner, ...args);
          runner.handledUpdates.add(id);
        }
        return answer(runner);
      };
      return {
        registerUpdate: (search) =>
          setHandler(update, (...args: Arguments) => act(search, args), { description }),
      };
    }
    case 'signal': {
      const { signal, handle } = steering;
      return {
        registerSignal: (search) => setHandler(signal, (...args: Arguments) => handle(search, ...args)),
      };
    }
    default:
      return unreachable(steering, 'kind of message');
  }
}

/** A signal has no answer: a search leaves out what it would refuse as an update. */
function ignoringRefusals<Arguments extends unknown[]>(
  handler: (...args: Arguments) => Promise<void>,
): (...args: Arguments) => Promise<void> {
  return async (...args) => {
    try {
      await handler(...args);
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
    }
  };
}

/** The genome of an enqueued point; refuses a wrong point with a sentence that names what is wrong with it. */
function genomeOf({ level }: SearchPlan, point: EnqueuedPoint): readonly number[] {
  const result =
    'genome' in point ? validate(level.space, point.genome) : encode(level.space, point.parameters);
  if (result.ok) return 'genome' in point ? point.genome : result.value;
  throw refused(`The point is not in the space of level "${level.name}": ${problemText(result.error)}.`);
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

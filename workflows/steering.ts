import type { SignalDefinition, UpdateDefinition } from '@temporalio/common';
import { ApplicationFailure, currentUpdateInfo, setHandler } from '@temporalio/workflow';
import { errorText, unreachable } from '../foundation/errors/index.js';
import { encode, validate as validateGenome } from '../search-spaces/genomes/index.js';
import {
  beyondEvaluators,
  checkExtension,
  compareBudgets,
  decidingMetrics,
  differences,
  problemText,
  type SearchPlan,
  type SearchProgress,
} from '../searches/index.js';
import {
  readBudget,
  readConcurrency,
  readDefinition,
  readFlag,
  readNothing,
  readPoint,
  readTrialIndex,
} from './message-arguments.js';
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

/** A message that steers a search: what a person may send, and what it does. */
type SteeringMessage<Arguments extends [] | [unknown], Answer> =
  | {
      readonly kind: 'update and signal';
      readonly update: UpdateDefinition<Answer, Arguments>;
      readonly signal: SignalDefinition<Arguments>;
      readonly description: string;
      /** Reads what came with the message; throws when it is wrong whatever the search does. */
      readonly read: (value: unknown) => Arguments;
      /** Refuses what is wrong for this search, and was accepted in runs under the former rules. */
      readonly check?: (runner: SearchRunner, ...args: Arguments) => void;
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
      readonly read: (value: unknown) => Arguments;
      readonly check: (runner: SearchRunner, ...args: Arguments) => void;
      readonly handle: (runner: SearchRunner, ...args: Arguments) => Promise<void>;
      readonly answer: (runner: SearchRunner) => Answer;
    }
  | {
      readonly kind: 'signal';
      readonly signal: SignalDefinition<Arguments>;
      readonly read: (value: unknown) => Arguments;
      readonly handle: (search: SteeredSearch, ...args: Arguments) => void;
    };

/** A message whose types are checked: how it is registered at a search. */
interface Registration {
  readonly registerUpdate?: (search: SteeredSearch) => void;
  readonly registerSignal?: (search: SteeredSearch) => void;
}

/** Points that may wait to be tried: they are part of the state that a search carries on. */
const enqueuedLimit = 1_000;

/** Trials that a search runs at the same time at most, also where no window bounds them: as in a definition. */
const mostConcurrent = 1_024;

const progress = (runner: SearchRunner): SearchProgress => runner.progress();

/** All messages that steer a search, in the order in which people read of them. */
const steeringMessages: readonly Registration[] = [
  message({
    kind: 'update and signal',
    update: pauseUpdate,
    signal: pauseSignal,
    description: 'Start nothing more; running trainings park at a checkpoint.',
    read: readNothing,
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
    read: readNothing,
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
    read: readBudget,
    check: (runner, budget) => checkExtension(budget, decidingMetrics(runner.search.plan.level)),
    handle: (runner, budget) => {
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
    read: readConcurrency,
    check: (_runner, concurrency) => {
      if (concurrency > mostConcurrent)
        throw refused(
          `A concurrency of ${concurrency} is above ${mostConcurrent}, the most that a search runs at once.`,
        );
    },
    handle: (runner, concurrency) => {
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
    read: readPoint,
    handle: (runner, point) => {
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
    read: readTrialIndex,
    handle: (runner, index) => {
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
    read: readDefinition,
    check: ({ search: { plan } }, definition) => {
      const unexpected = beyondEvaluators(differences(plan.definition, definition));
      if (unexpected.length > 0)
        throw refused(
          `Only another evaluator can be adopted; the definition differs in ${unexpected.join(', ')}.`,
        );
    },
    handle: (runner, definition) => runner.adopt(definition),
    answer: progress,
  }),
  message({
    kind: 'signal',
    signal: parentPausedSignal,
    read: readFlag,
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
      const { update, signal, description, handle, index, answer } = steering;
      const act = async (search: SteeredSearch, value: unknown): Promise<Answer> => {
        const id = currentUpdateInfo()?.id;
        const runner = await search.running();
        const handled = runner.handledUpdates.find(id);
        if (handled !== undefined) return answer(runner, handled.index);
        handle(runner, ...argumentsOf(steering, search, runner, value));
        const asked = index?.(runner) ?? null;
        runner.handledUpdates.add(id, asked);
        if (search.rules === 'current' && id !== undefined) await runner.acknowledged();
        return answer(runner, asked);
      };
      return {
        registerUpdate: (search) =>
          setHandler(update, (value?: unknown) => act(search, value), {
            description,
            validator: (value?: unknown) => validate(steering, search, value),
          }),
        registerSignal: (search) => {
          const handler = ignoringRefusals(async (value: unknown) => {
            await act(search, value);
          });
          setHandler(signal, handler, { description: `As the update ${update.name}.` });
        },
      };
    }
    case 'update': {
      const { update, description, handle, answer } = steering;
      const act = async (search: SteeredSearch, value: unknown): Promise<Answer> => {
        const id = currentUpdateInfo()?.id;
        const runner = await search.running();
        if (runner.handledUpdates.find(id) === undefined) {
          await handle(runner, ...argumentsOf(steering, search, runner, value));
          runner.handledUpdates.add(id);
          if (search.rules === 'current') await runner.acknowledged();
        }
        return answer(runner);
      };
      return {
        registerUpdate: (search) =>
          setHandler(update, (value?: unknown) => act(search, value), {
            description,
            validator: (value?: unknown) => validate(steering, search, value),
          }),
      };
    }
    case 'signal': {
      const { signal, read, handle } = steering;
      return {
        registerSignal: (search) =>
          setHandler(
            signal,
            ignoringRefusals(async (value: unknown) => handle(search, ...refusing(() => read(value)))),
          ),
      };
    }
    default:
      return unreachable(steering, 'kind of message');
  }
}

/** How a message reads and checks what comes with it. */
type Reading<Arguments extends [] | [unknown]> = Pick<
  Extract<SteeringMessage<Arguments, unknown>, { readonly kind: 'update and signal' }>,
  'read' | 'check'
>;

/** Refuses an update before the history knows it; a search that is still being opened checks it when it acts. */
function validate<Arguments extends [] | [unknown]>(
  { read, check }: Reading<Arguments>,
  { runner }: SteeredSearch,
  value: unknown,
): void {
  refusing(() => {
    const args = read(value);
    if (runner !== null) check?.(runner, ...args);
  });
}

/** What a message asks of this search; refuses what is wrong by the rules of the run. */
function argumentsOf<Arguments extends [] | [unknown]>(
  { read, check }: Reading<Arguments>,
  { rules }: SteeredSearch,
  runner: SearchRunner,
  value: unknown,
): Arguments {
  return refusing(() => {
    const args = read(value);
    if (rules === 'current') check?.(runner, ...args);
    return args;
  });
}

/** Turns every error of a function that only reads into a refusal: a message must never end a workflow task. */
function refusing<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw error instanceof ApplicationFailure ? error : refused(errorText(error));
  }
}

/** A signal has no answer: a search leaves out what it would refuse as an update. */
function ignoringRefusals(handler: (value: unknown) => Promise<void>): (value?: unknown) => Promise<void> {
  return async (value) => {
    try {
      await handler(value);
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
    }
  };
}

/** The genome of an enqueued point; refuses a wrong point with a sentence that names what is wrong with it. */
function genomeOf({ level }: SearchPlan, point: EnqueuedPoint): readonly number[] {
  const result = refusing(() =>
    'genome' in point ? validateGenome(level.space, point.genome) : encode(level.space, point.parameters),
  );
  if (result.ok) return result.value;
  throw refused(`The point is not in the space of level "${level.name}": ${problemText(result.error)}.`);
}

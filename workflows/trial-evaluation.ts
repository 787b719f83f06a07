import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  type ChildWorkflowHandle,
  type Workflow,
} from '@temporalio/workflow';
import { unreachable } from '../foundation/errors/index.js';
import type { EvaluateResult, LightEvaluateInput } from '../activities/index.js';
import type { Metrics, Slice, Trial } from '../algorithms/index.js';
import type { Json } from '../foundation/json/index.js';
import { decode } from '../search-spaces/genomes/index.js';
import {
  type Completion,
  evaluatedPoint,
  type Evaluator,
  failed,
  failureClass,
  innerSearchId,
  type OpenTrial,
  outcomeOf,
  readMetrics,
  repeatedlyLost,
  type SearchPlan,
  type SearchResult,
  trialSeed,
} from '../searches/index.js';
import type { ActivityCalls } from './activity-calls.js';
import { cancelledByItsId, lossLimit, runChildSearch, wasLost } from './child-search.js';
import { SEARCH_QUEUE, type SearchInput } from './messages/messages.js';
import { shortParameters } from './short-parameters.js';
import { sliceText } from './slice-text.js';

/** How one evaluation ended. */
export type EvaluationEnd =
  | { readonly kind: 'finished'; readonly completion: Completion }
  /** Stopped for now; it starts again from its checkpoint. */
  | { readonly kind: 'parked' }
  /** Lost over and over without a further checkpoint: a person should look. */
  | { readonly kind: 'lost'; readonly message: string };

/** What an evaluation needs of the search around it. */
export interface EvaluationSetting {
  readonly plan: SearchPlan;
  readonly address: string;
  readonly calls: ActivityCalls;
  /** The definition for the input of an inner search. */
  readonly definition: SearchInput['definition'];
  /** Whether the search is paused now: an inner search starts with this flag. */
  readonly paused: () => boolean;
  /** Gets the handle of the inner search once it runs, so that the caller can send it pauses. */
  readonly onInnerSearch: (handle: ChildWorkflowHandle<Workflow>) => void;
}

type ForeignEvaluator = Extract<Evaluator, { kind: 'activity' | 'workflow' }>;

const day = 86_400_000;

/** Evaluates a trial: by an inner search, in a process, or by an activity or workflow of the user's. */
export async function evaluateTrial(setting: EvaluationSetting, open: OpenTrial): Promise<EvaluationEnd> {
  const { plan, calls } = setting;
  try {
    if (plan.inner !== undefined) return await evaluateByInnerSearch(setting, open.trial, plan.inner.name);
    const { evaluator } = plan.definition;
    switch (evaluator.kind) {
      case 'function':
      case 'command':
      case 'table':
      case 'sharedWeights': {
        const input = { ...lightInput(setting, open), seed: trialSeed(plan, open.trial) };
        const options = { summary: summaryOf(plan, open.trial) };
        const result = await calls.evaluation.evaluate.executeWithOptions(options, [input]);
        const end = evaluationOfResult(result);
        // Without a measure no further await, because recorded histories have none at this place.
        return plan.level.measure === undefined ? end : await measuredTrial(setting, open.trial, end);
      }
      case 'activity':
      case 'workflow':
        return await evaluateRemotely(setting, open, evaluator);
      default:
        return unreachable(evaluator, 'evaluator');
    }
  } catch (error) {
    return evaluationOfError(error, open.trial);
  }
}

/** Adds what the innermost level measures, of which the weights that its trials share know nothing. */
async function measuredTrial(
  setting: EvaluationSetting,
  trial: Trial,
  end: EvaluationEnd,
): Promise<EvaluationEnd> {
  const { search, level } = setting.plan;
  if (end.kind !== 'finished') return end;
  const { completion } = end;
  const { outcome } = completion;
  if (outcome.kind !== 'scored') return end;
  const measured = await measure(setting, trial, { search, metrics: outcome.metrics, parameters: {} });
  const read = readMetrics(level.metrics, { ...outcome.metrics, ...measured });
  const complete = read.kind === 'failed' ? read : { ...outcome, metrics: read.metrics };
  return { kind: 'finished', completion: { ...completion, outcome: complete } };
}

/**
 * Starts a light evaluation. The bare call, without a summary and an async function around it: the SDK traces every
 * promise of a workflow, which is the largest part of what such a trial costs.
 */
export function evaluateLight(setting: EvaluationSetting, open: OpenTrial): Promise<EvaluateResult> {
  return setting.calls.light.evaluateLight(lightInput(setting, open));
}

/** The end of an evaluation that returned a result. */
export function evaluationOfResult(result: EvaluateResult): EvaluationEnd {
  if (result.kind === 'parked') return { kind: 'parked' };
  const { kind: _kind, ...completion } = result;
  return { kind: 'finished', completion };
}

function lightInput(
  { plan, address }: EvaluationSetting,
  { trial, contentKey, failures, timeouts }: OpenTrial,
): LightEvaluateInput {
  return {
    search: plan.search,
    address,
    index: trial.index,
    genome: trial.genome,
    repetition: failures + timeouts,
    ...(trial.until === undefined ? {} : { until: trial.until }),
    ...(trial.gate === undefined ? {} : { gate: trial.gate }),
    ...(trial.continues === undefined ? {} : { continues: trial.continues }),
    ...(trial.slice === undefined ? {} : { slice: trial.slice }),
    ...(contentKey === null ? {} : { content: contentKey }),
  };
}

/** Argument of a foreign evaluator; plain JSON for every language. */
interface RemoteTrial {
  readonly parameters: Json;
  readonly context: Json;
  readonly arguments: Json;
  readonly trial: {
    readonly search: string;
    readonly index: number;
    readonly seed: string;
    readonly until?: number;
    readonly continues?: number;
    readonly slice?: Slice;
  };
}

async function evaluateRemotely(
  setting: EvaluationSetting,
  { trial }: OpenTrial,
  evaluator: ForeignEvaluator,
): Promise<EvaluationEnd> {
  const { plan } = setting;
  const point = decode(
    plan.level.space,
    trial.genome,
    trial.slice === undefined ? {} : { violated: 'allow' },
  );
  const remote: RemoteTrial = {
    ...evaluatedPoint(plan.level, point, plan.context),
    arguments: evaluator.arguments,
    trial: {
      search: plan.search,
      index: trial.index,
      seed: trialSeed(plan, trial),
      ...(trial.until === undefined ? {} : { until: trial.until }),
      ...(trial.continues === undefined ? {} : { continues: trial.continues }),
      ...(trial.slice === undefined ? {} : { slice: trial.slice }),
    },
  };
  const id = `${plan.search}/${trial.index}/${evaluator.name}`;
  for (let losses = 1; ; losses += 1) {
    try {
      const returned = await callRemote(plan, evaluator, remote, id, summaryOf(plan, trial));
      const outcome = outcomeOf(plan.level.metrics, returned, trial.slice);
      return { kind: 'finished', completion: { outcome } };
    } catch (error) {
      if (!wasLost(error) || losses >= lossLimit) throw error;
    }
  }
}

function callRemote(
  plan: SearchPlan,
  evaluator: ForeignEvaluator,
  argument: object,
  id: string,
  summary: string,
): Promise<unknown> {
  if (evaluator.kind === 'workflow') {
    const result = executeChild(evaluator.name, {
      args: [argument],
      workflowId: id,
      taskQueue: evaluator.taskQueue ?? SEARCH_QUEUE,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      staticSummary: summary,
    });
    return cancelledByItsId(id, result, 'cancel-evaluators-by-id');
  }
  const activities = proxyActivities<Record<string, (argument: object) => Promise<unknown>>>({
    taskQueue: evaluator.taskQueue ?? SEARCH_QUEUE,
    startToCloseTimeout: plan.level.timeout.attempt ?? day,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    // A failure is an outcome: the search, not the server, decides on retries.
    retry: { maximumAttempts: 1 },
    summary,
  });
  const call = activities[evaluator.name];
  if (call === undefined)
    throw ApplicationFailure.nonRetryable(`There is no activity "${evaluator.name}".`, 'BadInput');
  return call(argument);
}

async function evaluateByInnerSearch(
  setting: EvaluationSetting,
  trial: Trial,
  levelName: string,
): Promise<EvaluationEnd> {
  const { plan } = setting;
  const result = await runInnerSearch(setting, trial, innerSearchId(plan.search, trial.index, levelName));
  const { best } = result;
  const shared = { ...(result.timed ? { timed: true } : {}), ...(result.reused ? { reused: true } : {}) };
  if (best === null) {
    const reason = `the search "${result.search}" found no feasible trial`;
    return {
      kind: 'finished',
      completion: { ...shared, outcome: { kind: 'infeasible', reason, cost: result.cost } },
    };
  }
  const inner = { search: result.search, parameters: { [levelName]: best.parameters, ...best.inner } };
  const measured = await measure(setting, trial, { ...inner, metrics: best.metrics });
  const read = readMetrics(plan.level.metrics, { ...best.metrics, ...measured });
  const outcome =
    read.kind === 'failed' ? read : { kind: 'scored' as const, metrics: read.metrics, cost: result.cost };
  return { kind: 'finished', completion: { ...shared, inner, outcome } };
}

async function runInnerSearch(setting: EvaluationSetting, trial: Trial, id: string): Promise<SearchResult> {
  const { plan } = setting;
  const input: SearchInput = {
    definition: setting.definition,
    level: plan.levelIndex + 1,
    context: { ...plan.context, [plan.level.name]: decode(plan.level.space, trial.genome) },
    parentPaused: setting.paused(),
  };
  return runChildSearch({
    id,
    input,
    summary: summaryOf(plan, trial),
    paused: setting.paused,
    onStarted: setting.onInnerSearch,
  });
}

async function measure(
  { plan, address, calls }: EvaluationSetting,
  trial: Trial,
  inner: {
    readonly search: string;
    readonly metrics: Metrics;
    readonly parameters: Readonly<Record<string, Json>>;
  },
): Promise<Metrics> {
  const evaluator = plan.level.measure;
  if (evaluator === undefined) return {};
  switch (evaluator.kind) {
    case 'function':
    case 'command':
    case 'table':
      return calls.light.measure({
        search: plan.search,
        address,
        index: trial.index,
        genome: trial.genome,
        inner,
      });
    case 'activity':
    case 'workflow': {
      const parameters = decode(plan.level.space, trial.genome);
      const argument = { parameters, context: plan.context, arguments: evaluator.arguments, inner };
      const id = `${plan.search}/${trial.index}/${evaluator.name}`;
      const returned = await callRemote(plan, evaluator, argument, id, `measure ${summaryOf(plan, trial)}`);
      // The search finds missing or wrong values when it reads the declared metrics.
      return typeof returned === 'object' && returned !== null ? (returned as Metrics) : {};
    }
    default:
      return unreachable(evaluator, 'evaluator');
  }
}

/** The end of an evaluation that threw; rethrows errors that are not of the evaluation. */
export function evaluationOfError(error: unknown, trial: Trial): EvaluationEnd {
  const subject = `Trial ${trial.index}`;
  if (isCancellation(error)) return { kind: 'parked' };
  let cause = error;
  while (cause instanceof ActivityFailure || cause instanceof ChildWorkflowFailure) cause = cause.cause;
  if (cause instanceof ApplicationFailure) {
    if (cause.type === repeatedlyLost) return { kind: 'lost', message: `${subject}: ${cause.message}` };
    const known = failureClass(cause.type ?? '');
    return { kind: 'finished', completion: { outcome: failed(known ?? 'Bug', cause.message) } };
  }
  if (wasLost(error)) {
    return {
      kind: 'lost',
      message: `${subject} was lost ${lossLimit} times in a row. See what ends the worker, then resume the search.`,
    };
  }
  throw error;
}

/** One short line about a trial, for the timeline of the Temporal UI. */
function summaryOf(plan: SearchPlan, trial: Trial): string {
  if (trial.slice !== undefined) return `${sliceText(trial.slice)} (trial ${trial.index})`;
  return `trial ${trial.index}: ${shortParameters(decode(plan.level.space, trial.genome), 160)}`;
}

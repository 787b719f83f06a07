import type { Metrics } from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import { hasPlaceholders } from '../definition/command-line.js';
import { DefinitionError } from '../definition/definition-error.js';
import type { SearchContext } from '../definition/definition.js';
import { type Duration, durationMilliseconds } from '../definition/duration.js';
import type { TableEvaluator } from './table-evaluator.js';
import type { InnerTrial, TrialHandle } from './trial-handle.js';

/** Evaluates by a command line: parameters in as JSON, reports and metrics back as JSON lines. */
export interface CommandEvaluator {
  readonly kind: 'command';
  readonly command: string;
  readonly placeholders?: true;
  readonly patterns?: string | Readonly<Record<string, string>>;
  readonly pure: boolean;
}

/** Options of an evaluator that is a command line. */
export interface CommandOptions {
  /**
   * Where the metrics stand in what the command prints, for a command that prints no JSON: a regular expression whose one
   * group is the value, such as `'accuracy: ([\\d.]+)'`, for the metric that is optimised, or one by the name of each
   * metric. The last match counts.
   */
  readonly metrics?: string | Readonly<Record<string, string>>;
  readonly pure?: boolean;
}

/** Evaluates by an activity or a workflow that any Temporal worker serves. */
export interface RemoteEvaluator {
  readonly kind: 'activity' | 'workflow';
  readonly name: string;
  readonly arguments: Json;
  readonly taskQueue?: string;
  readonly heartbeatTimeout?: number;
  readonly pure: boolean;
}

/** An evaluator that is plain data, so it can travel through workflow code. */
export type ExternalEvaluator = CommandEvaluator | RemoteEvaluator | TableEvaluator;

/**
 * What an evaluate function returns: metrics, metrics with a cost (of a slice, with its values), the reason why the point is infeasible with the
 * metrics that are known all the same, or a bare number when exactly one metric is optimised; nothing after
 * `trial.shouldStop()`.
 */
export type Evaluation =
  | Metrics
  | { readonly metrics: Metrics; readonly cost?: number; readonly values?: readonly number[] }
  | { readonly infeasible: string; readonly metrics?: Metrics }
  | number
  | undefined
  | void;

/** An evaluate function whose parameters have the type of the space. */
export type Evaluate<Parameters> = (
  parameters: Parameters,
  trial: TrialHandle,
) => Evaluation | Promise<Evaluation>;

/** A measure function: gets the outer parameters, the level's own ones and the best inner trial. */
export type Measure<Parameters> = (
  context: SearchContext,
  parameters: Parameters,
  inner: InnerTrial,
) => Metrics | Promise<Metrics>;

/**
 * An evaluator that runs a command line for each trial. `{name}` in it stands for the parameter of that name, as one word
 * of the shell; `{{name}}` for `{name}` itself.
 */
export function command(line: string, { metrics, pure = false }: CommandOptions = {}): CommandEvaluator {
  return {
    kind: 'command',
    command: line,
    ...(hasPlaceholders(line) ? { placeholders: true } : {}),
    ...(metrics === undefined ? {} : { patterns: metrics }),
    pure,
  };
}

/** Options of evaluators that other workers serve. */
export interface RemoteOptions {
  /** Task queue of the worker that serves it. */
  readonly taskQueue?: string;
  readonly pure?: boolean;
}

/** Options of an evaluator that is an activity. */
export interface ActivityOptions extends RemoteOptions {
  /**
   * For an activity that heartbeats: how long it may be silent before it counts as lost, such as `30s`. Without it the
   * loss of its worker is noticed only when `timeout.attempt` is over, or after a day.
   */
  readonly heartbeatTimeout?: Duration;
}

/**
 * An evaluator that is an activity of any Temporal worker; `args` go along with every trial. Throws `DefinitionError`
 * for a heartbeat timeout that is no duration.
 */
export function activity(name: string, args: Json = null, options: ActivityOptions = {}): RemoteEvaluator {
  const { heartbeatTimeout, ...rest } = options;
  const evaluator = remote('activity', name, args, rest);
  if (heartbeatTimeout === undefined) return evaluator;
  const milliseconds = durationMilliseconds(heartbeatTimeout);
  if (milliseconds === null) {
    throw new DefinitionError(
      'evaluate',
      `the heartbeatTimeout of activity "${name}" is no duration: give milliseconds or a text such as "30s".`,
    );
  }
  return { ...evaluator, heartbeatTimeout: milliseconds };
}

/** An evaluator that is a workflow of any Temporal worker; `args` go along with every trial. */
export function workflow(name: string, args: Json = null, options: RemoteOptions = {}): RemoteEvaluator {
  return remote('workflow', name, args, options);
}

function remote(
  kind: RemoteEvaluator['kind'],
  name: string,
  args: Json,
  options: RemoteOptions,
): RemoteEvaluator {
  const { taskQueue, pure = false } = options;
  return { kind, name, arguments: args, ...(taskQueue === undefined ? {} : { taskQueue }), pure };
}

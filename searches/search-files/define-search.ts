import type {
  AlgorithmReference,
  FailureClass,
  Goal,
  Metrics,
  TellingOrder,
} from '../../algorithms/contract/index.js';
import { isPlainObject, type Json } from '../../foundation/json/index.js';
import type { Expression, Sampled, Space } from '../../search-spaces/index.js';
import type { FailurePolicy, SearchContext } from '../definition/definition.js';
import type { Duration } from '../definition/duration.js';
import type {
  EvaluateFunction,
  InnerTrial,
  MeasureFunction,
  SearchModule,
  TrialHandle,
} from './trial-handle.js';
import type { TableEvaluator } from './table-evaluator.js';

/** Evaluates by a command line: parameters in as JSON, reports and metrics back as JSON lines. */
export interface CommandEvaluator {
  readonly kind: 'command';
  readonly command: string;
  readonly pure: boolean;
}

/** Evaluates by an activity or a workflow that any Temporal worker serves. */
export interface RemoteEvaluator {
  readonly kind: 'activity' | 'workflow';
  readonly name: string;
  readonly arguments: Json;
  readonly taskQueue?: string;
  readonly pure: boolean;
}

/** An evaluator that is plain data, so it can travel through workflow code. */
export type ExternalEvaluator = CommandEvaluator | RemoteEvaluator | TableEvaluator;

/**
 * What an evaluate function returns: metrics, metrics with a cost, the reason why the point is infeasible with the
 * metrics that are known all the same, or a bare number when exactly one metric is optimised; nothing after
 * `trial.shouldStop()`.
 */
export type Evaluation =
  | Metrics
  | { readonly metrics: Metrics; readonly cost?: number }
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

/** When a level ends and how many of its trials run at once. */
export interface BudgetOptions {
  /** Number of trials; exact. */
  readonly trials?: number;
  /** Number of scored trials. */
  readonly scored?: number;
  /** Sum of the costs that trials declare. */
  readonly cost?: number;
  /** Ends at the first trial, in index order, that reaches the value. */
  readonly target?: { readonly metric: string; readonly value: number };
  /** Time that the search is open and not paused, such as `12h`. */
  readonly duration?: Duration;
  /** Trials that run at the same time (4); at most the window. It changes no decision. */
  readonly concurrency?: number;
}

/** Options of one level of a search, or of a search that has one level. */
export interface LevelOptions<S extends Space> {
  /** Letters, digits and `. _ -`. */
  readonly name: string;
  readonly space: S;
  /**
   * An outer level whose space is a part of a whole (`part(whole, where)`): each of its points is the space of this
   * level. `space` is then the other part, `part(whole, { not: where })`.
   */
  readonly restOf?: string;
  /** Metrics by name, the most important first. */
  readonly metrics: Readonly<Record<string, Goal>>;
  /** Limits on metrics: a trial beyond one is infeasible. */
  readonly constraints?: Readonly<Record<string, { readonly atMost?: number; readonly atLeast?: number }>>;
  /** One score computed from several metrics. */
  readonly objective?: { readonly maximize: Expression } | { readonly minimize: Expression };
  readonly algorithm: AlgorithmReference;
  readonly budget: BudgetOptions;
  /** The order in which outcomes are told; by default the algorithm's natural one. */
  readonly order?: TellingOrder;
  /** Trial k is proposed from the outcomes up to trial k − window (16); fixed for the life of the search. */
  readonly window?: number;
  /** Repetitions of a trial whose failure would stop the search (1). */
  readonly retries?: number;
  readonly failurePolicy?: Readonly<Partial<Record<FailureClass, FailurePolicy>>>;
  /** Wall-clock limits of one attempt and of a whole trial. */
  readonly timeout?: { readonly attempt?: Duration; readonly trial?: Duration };
  /** What one evaluation occupies; `memory` in megabytes or as text such as `2GB`. */
  readonly resources?: {
    readonly cpu?: number;
    readonly gpu?: number;
    readonly memory?: number | string;
    readonly queue?: string;
  };
  /** Points tried first. */
  readonly initial?: readonly Sampled<S>[];
  /** Outer levels whose parameters this one reads (all); results are reused across the others. */
  readonly dependsOn?: readonly string[];
  /** Adds metrics to those of the inner search's best trial; only on a level that has an inner one. */
  readonly measure?: Measure<Sampled<S>> | ExternalEvaluator;
}

/** How the candidates of a search are trained from scratch, to choose one of them. */
export interface RetrainingOptions<Parameters> {
  /** The full schedule; as `evaluate` of the search. */
  readonly evaluate: Evaluate<Parameters> | ExternalEvaluator;
  readonly light?: boolean;
  readonly pure?: boolean;
  /**
   * Metrics by name; the one that is optimised chooses by its mean, those that are only observed, such as a test
   * accuracy, never decide and are told of the chosen candidate alone. By default those of the search.
   */
  readonly metrics?: Readonly<Record<string, Goal>>;
  /** Limits on these metrics: a candidate beyond one is not chosen. */
  readonly constraints?: Readonly<Record<string, { readonly atMost?: number; readonly atLeast?: number }>>;
  /** Trainings of each candidate, each with a seed of its own (3). */
  readonly repetitions?: number;
  readonly candidates?: {
    /** Best results of the search (5; 1 with algorithms that have policies to draw from). */
    readonly best?: number;
    /** Draws from the algorithm's policies (1,000) … */
    readonly draws?: number;
    /** … of which so many are kept (10). */
    readonly drawn?: number;
  };
  /** Wall-clock limits of one attempt and of a whole training (none). */
  readonly timeout?: { readonly attempt?: Duration; readonly trial?: Duration };
  /** What one training occupies; by default as much as a trial of the search. */
  readonly resources?: LevelOptions<Space>['resources'];
}

/** What belongs to a search as a whole. */
export interface EvaluationOptions<Parameters> {
  /** A function of the search file, or `command(…)`, `activity(…)`, `workflow(…)`, `table(…)`, `surrogate(…)`. */
  readonly evaluate: Evaluate<Parameters> | ExternalEvaluator;
  /** The function takes milliseconds and runs inside the worker instead of a process of its own (false). */
  readonly light?: boolean;
  /** Equal parameters and seed give equal results, so results may be reused (false). */
  readonly pure?: boolean;
  /** What follows once the budget is spent: a full training of the candidates; only with one level. */
  readonly retraining?: RetrainingOptions<Parameters>;
  /** Seed of all randomness (0). */
  readonly seed?: number | string;
  readonly tags?: readonly string[];
}

/** Options of a search with one level. */
export type FlatSearchOptions<S extends Space> = LevelOptions<S> & EvaluationOptions<Sampled<S>>;

/** A level as `level` returns it; `Parameters` is the type of its sampled parameters. */
export interface Level<Parameters = unknown> {
  readonly kind: 'duramen-level';
  readonly options: Omit<LevelOptions<Space>, 'initial' | 'measure'> & {
    readonly initial?: readonly unknown[];
    readonly measure?: Measure<never> | ExternalEvaluator;
  };
  /** Only a type: no value has it. */
  readonly parameters?: Parameters;
}

/** Parameters of the innermost of several levels. */
export type InnermostParameters<Levels extends readonly Level[]> = Levels extends readonly [
  ...(readonly Level[]),
  infer Last,
]
  ? Last extends Level<infer Parameters>
    ? Parameters
    : never
  : Json;

/** Options of a search with several levels, outermost first. */
export interface NestedSearchOptions<Levels extends readonly Level[]> extends EvaluationOptions<
  InnermostParameters<Levels>
> {
  readonly name: string;
  readonly levels: Levels;
}

/** A search as a search file exports it: its options, and the functions that only evaluating processes call. */
export interface Search {
  readonly kind: 'duramen-search';
  /** As given to `defineSearch`; unchecked, because a search file may be written without types. */
  readonly options: unknown;
  readonly functions: SearchModule['functions'];
}

/** One level of a nested search. */
export function level<const S extends Space>(options: LevelOptions<S>): Level<Sampled<S>> {
  return { kind: 'duramen-level', options };
}

/** An evaluator that runs a command line for each trial. */
export function command(line: string, options: { readonly pure?: boolean } = {}): CommandEvaluator {
  return { kind: 'command', command: line, pure: options.pure ?? false };
}

/** Options of evaluators that other workers serve. */
export interface RemoteOptions {
  /** Task queue of the worker that serves it. */
  readonly taskQueue?: string;
  readonly pure?: boolean;
}

/** An evaluator that is an activity of any Temporal worker; `args` go along with every trial. */
export function activity(name: string, args: Json = null, options: RemoteOptions = {}): RemoteEvaluator {
  return remote('activity', name, args, options);
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

/**
 * A search with one level, or with several `levels` of which each but the last is evaluated by a search of the next.
 * The result is the default export of a search file; nothing is checked or started here (see `toDefinition`).
 */
export function defineSearch<const S extends Space>(options: FlatSearchOptions<S>): Search;
export function defineSearch<const Levels extends readonly [Level, ...Level[]]>(
  options: NestedSearchOptions<Levels>,
): Search;
export function defineSearch(options: DefinedOptions): Search {
  const levels = 'levels' in options ? options.levels.map((member) => member.options) : [options];
  // The functions are called with points of the very spaces that typed their parameters.
  const measures: Record<string, MeasureFunction> = {};
  for (const { name, measure } of levels) {
    if (typeof measure === 'function') measures[name] = measure as MeasureFunction;
  }
  const { evaluate, retraining } = options;
  const retrain = retraining?.evaluate;
  return {
    kind: 'duramen-search',
    options,
    functions: {
      ...(typeof evaluate === 'function' ? { evaluate: evaluate as EvaluateFunction } : {}),
      ...(typeof retrain === 'function' ? { retraining: retrain as EvaluateFunction } : {}),
      measures,
    },
  };
}

/** What both forms of options have in common. */
type DefinedOptions = {
  readonly evaluate: Evaluate<never> | ExternalEvaluator;
  readonly retraining?: { readonly evaluate: Evaluate<never> | ExternalEvaluator };
} & ({ readonly levels: readonly Level[] } | Level['options']);

/** Whether a value is a search: what the default export of a search file must be. */
export function isSearch(value: unknown): value is Search {
  return isPlainObject(value) && value['kind'] === 'duramen-search' && isPlainObject(value['functions']);
}

import type { Goal } from '../../algorithms/contract/index.js';
import { isPlainObject, type Json } from '../../foundation/json/index.js';
import type { Sampled, Space } from '../../search-spaces/index.js';
import type { Duration } from '../definition/duration.js';
import type { Evaluate, ExternalEvaluator, Measure } from './evaluators.js';
import type { LevelOptions } from './level-options.js';
import type { SharedWeightsEvaluator } from './shared-weights-evaluator.js';
import type { EvaluateFunction, MeasureFunction, SearchModule } from './trial-handle.js';

/** How the candidates of a search are trained from scratch, to choose one of them. */
export interface RetrainingOptions<Parameters> {
  /** The full schedule; as `evaluate` of the search. */
  readonly evaluate: Evaluate<Parameters> | ExternalEvaluator;
  readonly light?: boolean;
  readonly pure?: boolean;
  /**
   * Metrics by name. The one that is optimised chooses by its mean. Those that are only observed, such as a test
   * accuracy, never decide, and the result has them of the chosen candidate alone. By default those of the search.
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
  /**
   * A function of the search file, or `command(…)`, `activity(…)`, `workflow(…)`, `table(…)`, `surrogate(…)`,
   * `sharedWeights(…)`.
   */
  readonly evaluate: Evaluate<Parameters> | ExternalEvaluator | SharedWeightsEvaluator;
  /** The function takes milliseconds and runs inside the worker instead of a process of its own (false). */
  readonly light?: boolean;
  /** Equal parameters and seed give equal results, so results may be reused (false). */
  readonly pure?: boolean;
  /** What follows once the budget is spent: a full training of the candidates. */
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

/**
 * A search with one level, or with several `levels` of which each but the last is evaluated by a search of the next.
 * The result is the default export of a search file. `defineSearch` checks and starts nothing (see `toDefinition`).
 */
export function defineSearch<const S extends Space>(options: FlatSearchOptions<S>): Search;
export function defineSearch<const Levels extends readonly [Level, ...Level[]]>(
  options: NestedSearchOptions<Levels>,
): Search;
export function defineSearch(options: DefinedOptions): Search {
  const levels = 'levels' in options ? options.levels.map((member) => member.options) : [options];
  // Evaluating processes call the functions with points of the very spaces that typed their parameters.
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
  readonly evaluate: Evaluate<never> | ExternalEvaluator | SharedWeightsEvaluator;
  readonly retraining?: { readonly evaluate: Evaluate<never> | ExternalEvaluator };
} & ({ readonly levels: readonly Level[] } | Level['options']);

/** Whether a value is a search: what the default export of a search file must be. */
export function isSearch(value: unknown): value is Search {
  return isPlainObject(value) && value['kind'] === 'duramen-search' && isPlainObject(value['functions']);
}

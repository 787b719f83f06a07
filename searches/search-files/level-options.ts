import {
  AlgorithmError,
  type AlgorithmReference,
  failureClasses,
  type FailureClass,
  type Goal,
  type TellingOrder,
} from '../../algorithms/contract/index.js';
import { findAlgorithm, type WeightSharing } from '../../algorithms/index.js';
import { encode } from '../../search-spaces/genomes/index.js';
import type { Expression } from '../../search-spaces/expressions/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import { parseSpace, type Sampled, type Space } from '../../search-spaces/language/index.js';
import { SpaceError } from '../../search-spaces/ground/index.js';
import { DefinitionReader } from '../definition/definition-reader.js';
import type { FailurePolicy } from '../definition/definition.js';
import { type Duration, durationMilliseconds } from '../definition/duration.js';
import { checkMetricName } from '../definition/metrics-check.js';
import { problemText } from '../definition/space-check.js';
import { defaultFailurePolicy } from '../loop/outcome.js';
import { type EvaluatorContext, toEvaluator } from './evaluator-options.js';
import type { ExternalEvaluator, Measure } from './evaluators.js';
import { toAlgorithm } from './weight-sharing-options.js';

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
  /**
   * Trials share the weights of one training, which the algorithm searches for the best architecture; left out, each
   * trial is trained from scratch.
   */
  readonly weightSharing?: WeightSharing;
  readonly budget: BudgetOptions;
  /** The order in which outcomes are told; by default the algorithm's natural one. */
  readonly order?: TellingOrder;
  /** Trial k is proposed from the outcomes up to trial k − window (16); fixed for the life of the search. */
  readonly window?: number;
  /** Further evaluations of a trial before its failure stops the search (1). */
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
  /**
   * Outer levels whose parameters this one reads (all); results are reused across the others. The outermost level names
   * what it reads of the context that workflow code gives (nothing).
   */
  readonly dependsOn?: readonly string[];
  /**
   * Adds metrics to those of the inner search's best trial; on the innermost level, only with `sharedWeights`, to those
   * of the trial itself.
   */
  readonly measure?: Measure<Sampled<S>> | ExternalEvaluator;
}

/**
 * How each option becomes part of a definition: `as-given`, or as `toLevel` converts it. The check of the definition
 * comes after both.
 */
const conversions = {
  name: 'as-given',
  space: 'as-given',
  restOf: 'as-given',
  metrics: 'converted',
  constraints: 'converted',
  objective: 'converted',
  algorithm: 'converted',
  weightSharing: 'converted',
  budget: 'converted',
  order: 'converted',
  window: 'converted',
  retries: 'converted',
  failurePolicy: 'converted',
  timeout: 'converted',
  resources: 'converted',
  initial: 'converted',
  dependsOn: 'converted',
  measure: 'converted',
} as const satisfies Readonly<Record<keyof LevelOptions<Space>, 'as-given' | 'converted'>>;

/** Names of the options of a level. */
export const levelOptions: readonly string[] = Object.keys(conversions);

const defaultWindow = 16;
const defaultConcurrency = 4;
const defaultRetries = 1;

/** The level with its defaults; `readLevels` checks whether it makes sense, once all levels are there. */
export function toLevel(
  reader: DefinitionReader,
  outer: readonly string[],
  context: EvaluatorContext,
): unknown {
  const budget = reader.at('budget');
  budget.members(['trials', 'scored', 'cost', 'target', 'duration', 'concurrency']);
  const { concurrency, ...amounts } = budget.members();
  const duration = budget.optional('duration', toMilliseconds);
  return {
    ...optionsAsGiven(reader),
    name: reader.at('name').safeName(),
    metrics: toMetrics(reader),
    objective: reader.optional('objective', toObjective),
    algorithm: toAlgorithm(reader),
    order: reader.at('order').value ?? naturalOrder(reader.at('algorithm')),
    window: reader.at('window').value ?? defaultWindow,
    budget: { ...amounts, ...(duration === undefined ? {} : { duration }) },
    concurrency: concurrency ?? defaultConcurrency,
    retries: reader.at('retries').value ?? defaultRetries,
    failurePolicy: {
      ...defaultFailurePolicy,
      ...reader.optional('failurePolicy', (policies) => policies.members(failureClasses)),
    },
    timeout: reader.optional('timeout', toTimeout) ?? {},
    initial: reader.optional('initial', (points) => toGenomes(points, reader.at('space'))) ?? [],
    dependsOn: reader.at('dependsOn').value ?? [...outer],
    measure: reader.optional('measure', (measure) => toEvaluator(measure, context)),
    resources: reader.optional('resources', toResources) ?? { cpu: 1, gpu: 0 },
  };
}

function optionsAsGiven(reader: DefinitionReader): object {
  const kinds: ReadonlyMap<string, string> = new Map(Object.entries(conversions));
  return Object.fromEntries(
    Object.entries(reader.members()).filter(
      ([name, value]) => kinds.get(name) === 'as-given' && value !== undefined,
    ),
  );
}

/** The metric of `trainClassifier` that is measured on test images. */
const testMetric = 'testAccuracy';

/** The metrics of a level or a retraining, each with its limits. */
export function toMetrics(reader: DefinitionReader): unknown {
  const metrics = reader.at('metrics');
  const constraints = reader.optional('constraints', (member) => member) ?? new DefinitionReader({}, '');
  const names = Object.keys(metrics.members());
  for (const name of Object.keys(constraints.members())) {
    if (!names.includes(name)) {
      constraints.at(name).refuse(`there is no metric "${name}" (there is ${names.join(', ')}).`);
    }
  }
  return names.map((name) => {
    checkMetricName(metrics, name);
    const goal = metrics.at(name).oneOf(['maximize', 'minimize', 'observe']);
    if (name === testMetric && goal !== 'observe') {
      metrics
        .at(name)
        .refuse(
          `must be 'observe', because images that a search chooses by are no test: search for accuracy, which is measured on validation images.`,
        );
    }
    const limits = constraints.optional(name, (limit) => limit.members(['atMost', 'atLeast'])) ?? {};
    return { name, goal, ...limits };
  });
}

function toObjective(reader: DefinitionReader): unknown {
  const { maximize, minimize } = reader.members(['maximize', 'minimize']);
  if ((maximize === undefined) === (minimize === undefined)) {
    reader.refuse('give either maximize or minimize, an expression over the metrics.');
  }
  return maximize === undefined
    ? { expression: minimize, goal: 'minimize' }
    : { expression: maximize, goal: 'maximize' };
}

/** The telling order of a level that names none: the natural one of its algorithm. */
function naturalOrder(reader: DefinitionReader): TellingOrder {
  const name = reader.at('name').nonEmptyText();
  const version = reader.at('version').wholeNumber(1);
  try {
    return findAlgorithm({ name, version, config: {} }).naturalOrder(reader.at('config').value);
  } catch (error) {
    if (error instanceof AlgorithmError) reader.refuse(`${error.message}.`);
    throw error;
  }
}

function toMilliseconds(reader: DefinitionReader): number {
  const milliseconds = durationMilliseconds(reader.value);
  if (milliseconds === null)
    reader.refuse('must be milliseconds or text such as 500ms, 30s, 10m, 12h or 7d, above 0.');
  return milliseconds;
}

/** Wall-clock limits in milliseconds. */
export function toTimeout(reader: DefinitionReader): unknown {
  reader.members(['attempt', 'trial']);
  return {
    attempt: reader.optional('attempt', toMilliseconds),
    trial: reader.optional('trial', toMilliseconds),
  };
}

/** What one evaluation occupies, with its defaults. */
export function toResources(reader: DefinitionReader): unknown {
  const { memory, cpu = 1, gpu = 0, ...rest } = reader.members(['cpu', 'gpu', 'memory', 'queue']);
  return {
    ...rest,
    cpu,
    gpu,
    ...(memory === undefined ? {} : { memoryMegabytes: toMegabytes(reader.at('memory')) }),
  };
}

function toMegabytes(reader: DefinitionReader): number {
  if (typeof reader.value === 'number') return reader.positiveNumber();
  const match = /^(\d+(?:\.\d+)?) ?(MB|GB)$/.exec(reader.text());
  if (match === null) return reader.refuse('must be megabytes or text such as 512MB or 2GB.');
  return Number(match[1]) * (match[2] === 'GB' ? 1000 : 1);
}

/** Points given as parameters, encoded. */
function toGenomes(reader: DefinitionReader, space: DefinitionReader): readonly Genome[] {
  let checked: Space;
  try {
    checked = parseSpace(space.value);
  } catch (error) {
    if (error instanceof SpaceError) space.refuse(error.message);
    throw error;
  }
  return reader.elements().map((element) => {
    const genome = encode(checked, element.json());
    if (!genome.ok) return element.refuse(`is not a point of the space: ${problemText(genome.error)}.`);
    return genome.value;
  });
}

import {
  bindAlgorithm,
  type BoundAlgorithm,
  type Metric,
  type Outcome,
  type Trial,
} from '../../algorithms/index.js';
import { fork, hashJson, RandomStream, type Rng, rngFromSeed } from '../../foundation/numbers/index.js';
import { isPlainObject, type Json } from '../../foundation/json/index.js';
import { decode, validate, view } from '../../search-spaces/genomes/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import { parseSpace } from '../../search-spaces/language/index.js';
import { SpaceError } from '../../search-spaces/ground/index.js';
import { decidingMetrics } from '../definition/deciding-metrics.js';
import { DefinitionError } from '../definition/definition-error.js';
import { evaluatorIdentity } from '../definition/evaluator-identity.js';
import { levelContent } from '../definition/level-identity.js';
import type {
  LevelDefinition,
  SearchContext,
  SearchDefinition,
  TrialEvaluator,
} from '../definition/definition.js';
import { sliceOutcome } from './slice-outcome.js';

/** Everything about one search that never changes: derived from its definition, level and context alone. */
export interface SearchPlan {
  readonly search: string;
  readonly definition: SearchDefinition;
  readonly levelIndex: number;
  readonly level: LevelDefinition;
  /** The level that evaluates this one's trials; undefined on the innermost level. */
  readonly inner: LevelDefinition | undefined;
  readonly context: SearchContext;
  /** Metrics as the algorithm sees them: with an objective, it is the only optimised one. */
  readonly metrics: readonly Metric[];
  readonly algorithm: BoundAlgorithm;
  readonly rng: Rng;
  /** Root of the seeds of trials whose evaluator is not pure. */
  readonly trialRng: Rng;
  /** Key under which the whole result of this search may be reused; null when its evaluator is not pure. */
  readonly contentKey: string | null;
  /** Hash of what an innermost evaluation depends on beside the parameters; null when its evaluator is not pure. */
  readonly evaluatorKey: string | null;
}

/**
 * Derives the plan of the search at one level, with an algorithm of the registry unless `bind` knows others; throws
 * `DefinitionError` or `AlgorithmError`.
 */
export function planSearch(
  search: string,
  definition: SearchDefinition,
  levelIndex: number,
  context: SearchContext,
  bind: typeof bindAlgorithm = bindAlgorithm,
): SearchPlan {
  const level = levelIn(definition, levelIndex, context);
  if (level === undefined) {
    throw new DefinitionError(
      'level',
      `there is no level ${levelIndex}: "${definition.name}" has ${definition.levels.length}.`,
    );
  }
  const inputs = declaredInputs(definition, levelIndex, context);
  checkContext(definition, inputs);
  const key = contentKeyOf(definition, levelIndex, inputs);
  const root = fork(rngFromSeed(definition.seed), level.name);
  // An inner search is seeded by what it depends on, never by the outer index: equal inner searches give equal bits.
  const rng = levelIndex === 0 ? root : fork(root, key);
  const metrics = decidingMetrics(level);
  const algorithm = bind(level.algorithm, view(level.space), metrics, rng, level.order);
  if (algorithm.slices && isLight(definition.evaluator)) {
    throw new DefinitionError(
      'evaluate',
      `${algorithm.name} shares weights between its trials, and an evaluation inside the worker has no checkpoints: ` +
        'evaluate by a function without `light`, a command, an activity or a workflow.',
    );
  }
  return {
    search,
    definition,
    levelIndex,
    level,
    inner: definition.levels[levelIndex + 1],
    context: inputs,
    metrics,
    algorithm,
    rng,
    trialRng: fork(rng, 'trial'),
    contentKey: definition.evaluator.pure ? key : null,
    evaluatorKey: definition.evaluator.pure
      ? hashJson(plainJson(evaluationContent(definition, level, inputs)))
      : null,
  };
}

/** What an innermost evaluation by a pure evaluator depends on beside the parameters. */
function evaluationContent(
  { seed, evaluator }: SearchDefinition,
  { metrics }: LevelDefinition,
  inputs: SearchContext,
): object {
  const content = { metrics, evaluator: evaluatorIdentity(evaluator) };
  // Seed and context of an evaluation under the weights of another search are those of that search.
  return evaluator.kind === 'sharedWeights' ? content : { ...content, seed, inputs };
}

/**
 * A level as it is searched below some outer parameters: the space of a level that is the rest of an outer one is that
 * one's point. Undefined where the definition has no such level; throws `DefinitionError` for a point that is no space.
 */
export function levelIn(
  definition: SearchDefinition,
  levelIndex: number,
  context: SearchContext,
): LevelDefinition | undefined {
  const level = definition.levels[levelIndex];
  if (level?.restOf === undefined) return level;
  const rest = context[level.restOf];
  if (rest === undefined) {
    throw new DefinitionError(
      `levels[${levelIndex}].restOf`,
      `there is no point of "${level.restOf}" to take the space of "${level.name}" from.`,
    );
  }
  try {
    return { ...level, space: parseSpace(rest) };
  } catch (error) {
    if (!(error instanceof SpaceError)) throw error;
    throw new DefinitionError(
      `levels[${levelIndex}].restOf`,
      `the point of "${level.restOf}" is no space: ${error.message}`,
    );
  }
}

/**
 * What an evaluation of a point is given: its parameters and its context. A point of several levels is evaluated as one
 * of the last, in the context of the others.
 */
export function evaluatedPoint(
  { ofLevels }: LevelDefinition,
  parameters: Json,
  context: SearchContext,
): { readonly parameters: Json; readonly context: SearchContext } {
  const innermost = ofLevels?.at(-1);
  if (innermost === undefined || !isPlainObject(parameters)) return { parameters, context };
  const { [innermost]: own = null, ...outer } = parameters;
  return { parameters: own, context: { ...context, ...outer } };
}

/** The outer parameters that a level and those inside it declare to read. */
export function declaredInputs(
  definition: SearchDefinition,
  levelIndex: number,
  context: SearchContext,
): SearchContext {
  const names = new Set(definition.levels.slice(levelIndex).flatMap((level) => level.dependsOn));
  return Object.fromEntries(Object.entries(context).filter(([name]) => names.has(name)));
}

/** Refuses a search that nobody gave what its outermost level reads. */
function checkContext(definition: SearchDefinition, inputs: SearchContext): void {
  const [outermost] = definition.levels;
  const missing = outermost?.dependsOn.find((name) => inputs[name] === undefined);
  if (missing === undefined) return;
  throw new DefinitionError(
    'dependsOn',
    `"${definition.name}" reads "${missing}" from its context: start it from workflow code, ` +
      `search(reference, { context: { ${JSON.stringify(missing)}: … } }).`,
  );
}

/**
 * Hash of all that can change a decision of the search at a level: its definition and those of the levels inside it,
 * the evaluator and the declared inputs. Concurrency counts only where the order of arrival decides.
 */
export function contentKeyOf(
  definition: SearchDefinition,
  levelIndex: number,
  inputs: SearchContext,
): string {
  const levels = definition.levels.slice(levelIndex).map(levelContent);
  return hashJson(
    plainJson({ seed: definition.seed, levels, evaluator: evaluatorIdentity(definition.evaluator), inputs }),
  );
}

/**
 * The outcome that a trial has without an evaluation: infeasible where its genome violates a declared constraint of the
 * space, else the one with which it was proposed, if any.
 */
export function knownOutcome({ level }: SearchPlan, { genome, known, slice }: Trial): Outcome | undefined {
  // The genome of a slice that trains or scores is not what it works on.
  const judged = slice === undefined || slice.kind === 'evaluate';
  const reason = judged ? violation(level, genome) : null;
  const outcome: Outcome | undefined = reason === null ? known : { kind: 'infeasible', reason };
  return outcome === undefined || slice === undefined ? outcome : sliceOutcome(slice, outcome);
}

/** The declared constraint of its space that a genome violates, as a sentence; null where it violates none. */
export function violation({ space }: LevelDefinition, genome: Genome): string | null {
  if (!view(space).constrained) return null;
  const checked = validate(space, genome);
  return checked.ok || checked.error.code !== 'constraint_violated' ? null : checked.error.detail;
}

/**
 * Key under which the result of evaluating a genome is shared: that of its inner search, or of the innermost
 * evaluation. Null when the evaluator is not pure. `measure` is no part of it: a level measures each of its trials.
 */
function evaluationKey(plan: SearchPlan, genome: Genome): string | null {
  if (plan.evaluatorKey === null) return null;
  const { definition, level, levelIndex } = plan;
  const parameters = decode(level.space, genome);
  if (plan.inner === undefined) return hashJson([plan.evaluatorKey, parameters]);
  const context = declaredInputs(definition, levelIndex + 1, { ...plan.context, [level.name]: parameters });
  return contentKeyOf(definition, levelIndex + 1, context);
}

/**
 * Key of a trial: that of its evaluation, what may end it early, and beyond what it need not be evaluated. Null when
 * the evaluator is not pure.
 */
export function trialContentKey(plan: SearchPlan, trial: Trial): string | null {
  // Two slices of one genome are not one evaluation: each depends on the weights that it continues.
  if (trial.slice !== undefined) return null;
  const key = evaluationKey(plan, trial.genome);
  const { limits } = plan.algorithm;
  const limited = plan.inner === undefined && Object.keys(limits).length > 0;
  if (key === null || (trial.until === undefined && trial.gate === undefined && !limited)) return key;
  return hashJson(plainJson({ key, until: trial.until, gate: trial.gate, ...(limited ? { limits } : {}) }));
}

/**
 * Seed of a trial, 16 hexadecimal digits: by content for a pure evaluator, else by index. All slices share the seed of
 * their search, because they are parts of one training.
 */
export function trialSeed(plan: SearchPlan, trial: Trial): string {
  if (trial.slice !== undefined) return seedText(fork(plan.rng, 'slices'));
  const key = evaluationKey(plan, trial.genome);
  const rng =
    key === null
      ? fork(plan.trialRng, trial.index)
      : fork(fork(rngFromSeed(plan.definition.seed), 'content'), key);
  return seedText(rng);
}

function seedText(rng: Rng): string {
  const stream = new RandomStream(rng);
  return [stream.word(), stream.word()].map((word) => word.toString(16).padStart(8, '0')).join('');
}

/** Id of the search that evaluates a trial of another: `co-design/3/architecture`. */
export function innerSearchId(search: string, index: number, levelName: string): string {
  return `${search}/${index}/${levelName}`;
}

/** Whether evaluations run inside the worker. */
export function isLight(evaluator: TrialEvaluator): boolean {
  return evaluator.kind === 'table' || (evaluator.kind === 'function' && evaluator.light);
}

/** Definitions hold plain JSON only; absent optional fields are left out, as `canonicalJson` demands. */
export function plainJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

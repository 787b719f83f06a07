import {
  AlgorithmError,
  type AlgorithmReference,
  failureClasses,
  type FailureClass,
  type Metric,
  optimisedMetrics,
  type TellingOrder,
} from '../../algorithms/contract/index.js';
import { bindAlgorithm, findAlgorithm } from '../../algorithms/index.js';
import { isPlainObject } from '../../foundation/json/index.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import {
  type Expression,
  parseExpression,
  parseSpace,
  pathsOf,
  type Space,
  SpaceError,
  type SpaceProblem,
  validate,
  view,
} from '../../search-spaces/index.js';
import { readBudget } from './budget-check.js';
import { decidingMetrics } from './deciding-metrics.js';
import { DefinitionError } from './definition-error.js';
import { DefinitionReader } from './definition-reader.js';
import type { FailurePolicy, LevelDefinition, Resources, Timeout } from './definition.js';
import { readEvaluator } from './evaluator-check.js';

/** Bytes of a trial's metrics in a history, and of one value with the quotes, colon and comma around it. */
const metricsLimit = 6_000;
const metricValue = 28;

const levelFields = [
  'name',
  'space',
  'restOf',
  'metrics',
  'objective',
  'algorithm',
  'order',
  'window',
  'budget',
  'concurrency',
  'retries',
  'failurePolicy',
  'timeout',
  'initial',
  'dependsOn',
  'measure',
  'resources',
] as const;

/** Checks the levels of a search, each alone and with its neighbours; `placeOf` names a level in messages. */
export function readLevels(
  reader: DefinitionReader,
  placeOf: (index: number) => string,
): readonly LevelDefinition[] {
  const elements = reader.elements();
  if (elements.length === 0) reader.refuse('a search needs at least one level.');
  const levels: LevelDefinition[] = [];
  for (const [index, element] of elements.entries()) {
    const last = index === elements.length - 1;
    levels.push(readLevel(new DefinitionReader(element.value, placeOf(index)), levels, last));
  }
  checkNeighbours(levels, placeOf);
  return levels;
}

function readLevel(
  reader: DefinitionReader,
  outer: readonly LevelDefinition[],
  last: boolean,
): LevelDefinition {
  reader.members(levelFields);
  const name = reader.at('name').safeName();
  if (outer.some((level) => level.name === name)) {
    reader.at('name').refuse(`two levels are called "${name}"; give each its own name.`);
  }
  const space = readSpace(reader.at('space'));
  const metrics = readMetrics(reader.at('metrics'));
  const objective = reader.optional('objective', (member) => readObjective(member, metrics));
  const seen = decidingMetrics({ metrics, objective });
  if (optimisedMetrics(seen).length === 0) {
    reader.at('metrics').refuse('at least one metric must be maximized or minimized, or give an objective.');
  }
  const order = reader.at('order').oneOf(['in-order', 'as-completed']);
  const { algorithm, endsByItself } = readAlgorithm(reader.at('algorithm'), space, seen, order);
  const window = reader.at('window').wholeNumber(1, 1024);
  const concurrency = reader.at('concurrency').wholeNumber(1, 1024);
  if (order === 'in-order' && concurrency > window) {
    reader
      .at('window')
      .refuse(
        `the window (${window}) is below the concurrency (${concurrency}): raise the window or lower the concurrency.`,
      );
  }
  const measure = reader.optional('measure', (member) => {
    if (last)
      member.refuse('the innermost level has no inner search to measure: return its metrics from evaluate.');
    return readEvaluator(member);
  });
  const dependsOn = readDependsOn(reader.at('dependsOn'), outer);
  const restOf = reader.optional('restOf', (member) => readRestOf(member, outer, dependsOn));
  const initial = reader.at('initial').elements();
  if (restOf !== undefined && initial.length > 0) {
    reader
      .at('initial')
      .refuse('the space of this level differs from trial to trial and has no points in common.');
  }
  return {
    name,
    space,
    ...(restOf === undefined ? {} : { restOf }),
    metrics,
    ...(objective === undefined ? {} : { objective }),
    algorithm,
    order,
    window,
    budget: readBudget(reader.at('budget'), seen, endsByItself),
    concurrency,
    retries: reader.at('retries').wholeNumber(0, 100),
    failurePolicy: readFailurePolicy(reader.at('failurePolicy')),
    timeout: readTimeout(reader.at('timeout')),
    initial: initial.map((element) => readGenome(element, space)),
    dependsOn,
    ...(measure === undefined ? {} : { measure }),
    resources: readResources(reader.at('resources')),
  };
}

/** Checks a space of unknown origin; an error names the place in the search and in the space. */
function readSpace(reader: DefinitionReader): Space {
  try {
    return parseSpace(reader.value);
  } catch (error) {
    if (error instanceof SpaceError) reader.refuse(error.message);
    throw error;
  }
}

/** Checks the metrics of a level. */
export function readMetrics(reader: DefinitionReader): readonly Metric[] {
  const metrics: Metric[] = [];
  for (const element of reader.elements()) {
    element.members(['name', 'goal', 'atMost', 'atLeast']);
    const name = element.at('name').safeName();
    if (metrics.some((metric) => metric.name === name))
      element.refuse(`there are two metrics called "${name}".`);
    const atMost = element.optional('atMost', (limit) => limit.finiteNumber());
    const atLeast = element.optional('atLeast', (limit) => limit.finiteNumber());
    if (atMost !== undefined && atLeast !== undefined && atLeast > atMost) {
      element.refuse(`no value of "${name}" is at least ${atLeast} and at most ${atMost}.`);
    }
    metrics.push({
      name,
      goal: element.at('goal').oneOf(['maximize', 'minimize', 'observe']),
      ...(atMost === undefined ? {} : { atMost }),
      ...(atLeast === undefined ? {} : { atLeast }),
    });
  }
  if (metrics.length === 0) reader.refuse('a level needs at least one metric.');
  const size = metrics.reduce((sum, { name }) => sum + name.length + metricValue, 0);
  if (size > metricsLimit) {
    reader.refuse(
      `${metrics.length} metrics with these names take up to ${size} bytes a trial, and at most ${metricsLimit} pass through the search: declare what decides, and keep the rest with trial.setAttribute.`,
    );
  }
  return metrics;
}

/** Checks an objective over some metrics. */
export function readObjective(
  reader: DefinitionReader,
  metrics: readonly Metric[],
): NonNullable<LevelDefinition['objective']> {
  reader.members(['expression', 'goal']);
  if (metrics.some((metric) => metric.name === 'objective')) {
    reader.refuse('a level with an objective cannot have a metric called "objective" too.');
  }
  const goal = reader.at('goal').oneOf(['maximize', 'minimize']);
  return { expression: readMetricExpression(reader.at('expression'), metrics), goal };
}

/** An expression whose paths are names of metrics. */
function readMetricExpression(reader: DefinitionReader, metrics: readonly Metric[]): Expression {
  const expression = readExpression(reader);
  for (const path of pathsOf(expression)) {
    const known = metrics.some(({ name }) => path === name || path === `["${name}"]`);
    if (!known)
      reader.refuse(`there is no metric "${path}" (there is ${metrics.map(({ name }) => name).join(', ')}).`);
  }
  return expression;
}

function readExpression(reader: DefinitionReader): Expression {
  try {
    return parseExpression(reader.value);
  } catch (error) {
    if (error instanceof SpaceError) reader.refuse(error.message);
    throw error;
  }
}

/** Checks that this build has the algorithm and that it can work with the space, the metrics and the order. */
function readAlgorithm(
  reader: DefinitionReader,
  space: Space,
  metrics: readonly Metric[],
  order: TellingOrder,
): { readonly algorithm: AlgorithmReference; readonly endsByItself: boolean } {
  reader.members(['name', 'version', 'config']);
  const name = reader.at('name').nonEmptyText();
  const version = reader.at('version').wholeNumber(1);
  const config = reader.at('config').json();
  if (!isPlainObject(config)) return reader.at('config').refuse('must be an object.');
  const algorithm: AlgorithmReference = { name, version, config };
  try {
    const { endsByItself } = bindAlgorithm(algorithm, view(space), metrics, rngFromSeed(0), order);
    return { algorithm, endsByItself };
  } catch (error) {
    if (error instanceof AlgorithmError) reader.refuse(`${error.message}.`);
    throw error;
  }
}

function readFailurePolicy(reader: DefinitionReader): Readonly<Record<FailureClass, FailurePolicy>> {
  reader.members(failureClasses);
  const policies = failureClasses.map((failure) => [
    failure,
    reader.at(failure).oneOf(['infeasible', 'stop']),
  ]);
  // Every class has its entry, which the type of fromEntries cannot say.
  return Object.fromEntries(policies) as Readonly<Record<FailureClass, FailurePolicy>>;
}

/** Checks wall-clock limits. */
export function readTimeout(reader: DefinitionReader): Timeout {
  reader.members(['attempt', 'trial']);
  const attempt = reader.optional('attempt', (limit) => limit.wholeNumber(1));
  const trial = reader.optional('trial', (limit) => limit.wholeNumber(1));
  return { ...(attempt === undefined ? {} : { attempt }), ...(trial === undefined ? {} : { trial }) };
}

function readGenome(reader: DefinitionReader, space: Space): readonly number[] {
  const genome = validate(space, reader.value);
  if (!genome.ok) return reader.refuse(`is not a point of the space: ${problemText(genome.error)}.`);
  return genome.value;
}

function readDependsOn(reader: DefinitionReader, outer: readonly LevelDefinition[]): readonly string[] {
  const names: string[] = [];
  for (const element of reader.elements()) {
    const name = element.text();
    if (!outer.some((level) => level.name === name))
      element.refuse(`"${name}" is not the name of an outer level.`);
    if (names.includes(name)) element.refuse(`"${name}" is named twice.`);
    names.push(name);
  }
  return names;
}

function readRestOf(
  reader: DefinitionReader,
  outer: readonly LevelDefinition[],
  dependsOn: readonly string[],
): string {
  const name = reader.text();
  if (!outer.some((level) => level.name === name))
    reader.refuse(`"${name}" is not the name of an outer level.`);
  if (!dependsOn.includes(name)) reader.refuse(`"${name}" must be one of the levels in dependsOn.`);
  return name;
}

/** Checks what an evaluation occupies. */
export function readResources(reader: DefinitionReader): Resources {
  reader.members(['cpu', 'gpu', 'memoryMegabytes', 'queue']);
  const memoryMegabytes = reader.optional('memoryMegabytes', (amount) => amount.positiveNumber());
  const queue = reader.optional('queue', (name) => name.nonEmptyText());
  const gpu = reader.at('gpu').finiteNumber();
  if (gpu < 0) reader.at('gpu').refuse(`must not be below 0, it is ${gpu}.`);
  return {
    cpu: reader.at('cpu').positiveNumber(),
    gpu,
    ...(memoryMegabytes === undefined ? {} : { memoryMegabytes }),
    ...(queue === undefined ? {} : { queue }),
  };
}

/** What a level expects of the level inside it. */
function checkNeighbours(levels: readonly LevelDefinition[], placeOf: (index: number) => string): void {
  for (const [index, level] of levels.entries()) {
    const inner = levels[index + 1];
    if (inner === undefined) return;
    const available = [
      ...inner.metrics.map((metric) => metric.name),
      ...(inner.objective === undefined ? [] : ['objective']),
    ];
    const missing =
      level.measure === undefined
        ? level.metrics.find((metric) => !available.includes(metric.name))
        : undefined;
    if (missing !== undefined) {
      throw new DefinitionError(
        `${placeOf(index)}.metrics.${missing.name}`,
        `the inner level "${inner.name}" has no such metric (it has ${available.join(', ')}) and there is no measure to add it.`,
      );
    }
    if (
      optimisedMetrics(decidingMetrics(inner)).length > 1 &&
      findAlgorithm(level.algorithm).objectives === 'single'
    ) {
      throw new DefinitionError(
        `${placeOf(index)}.algorithm`,
        `the inner level "${inner.name}" ends in a Pareto front, so this level needs an algorithm for several metrics; ` +
          'or give the inner level an objective.',
      );
    }
  }
}

/** Why a genome or value is not a point of a space, as the end of a sentence without its full stop. */
export function problemText({ code, id, detail }: SpaceProblem): string {
  return `${code}${id === null ? '' : ` at ${id === '' ? 'the root' : id}`} (${detail})`;
}

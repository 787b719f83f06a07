import type { Metric } from '../../algorithms/contract/index.js';
import { type Expression, parseExpression, pathsOf } from '../../search-spaces/expressions/index.js';
import { SpaceError } from '../../search-spaces/ground/index.js';
import type { DefinitionReader } from './definition-reader.js';
import type { LevelDefinition } from './definition.js';

/** Bytes of a trial's metrics in a history, and of one value with the quotes, colon and comma around it. */
const metricsLimit = 6_000;
const metricValue = 28;

/** Checks the metrics that a level or a retraining declares. */
export function readMetricDeclarations(reader: DefinitionReader): readonly Metric[] {
  const metrics: Metric[] = [];
  for (const element of reader.elements()) {
    element.members(['name', 'goal', 'atMost', 'atLeast']);
    const name = element.at('name').safeName();
    checkMetricName(element, name);
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

/** Refuses a name that every object of JavaScript has, such as `constructor`: a result without it would seem to have it. */
export function checkMetricName(reader: DefinitionReader, name: string): void {
  if (name in Object.prototype) {
    reader.refuse(
      `"${name}" cannot be the name of a metric, because every object of JavaScript has it: choose another name.`,
    );
  }
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

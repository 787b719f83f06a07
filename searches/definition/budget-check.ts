import { type Metric, optimisedMetrics } from '../../algorithms/contract/index.js';
import type { DefinitionReader } from './definition-reader.js';
import type { Budget } from './definition.js';

/** Checks a level's budget against the metrics that its algorithm sees; one that ends by itself needs no budget. */
export function readBudget(
  reader: DefinitionReader,
  metrics: readonly Metric[],
  endsByItself: boolean,
): Budget {
  const amounts = reader.members(['trials', 'scored', 'cost', 'target', 'duration']);
  const trials = reader.optional('trials', (amount) => amount.wholeNumber(1));
  const scored = reader.optional('scored', (amount) => amount.wholeNumber(1));
  const cost = reader.optional('cost', (amount) => amount.positiveNumber());
  const duration = reader.optional('duration', (amount) => amount.wholeNumber(1));
  const target = reader.optional('target', (member) => {
    checkTargetMetric(member.at('metric'), metrics);
    return readTarget(member);
  });
  if (Object.values(amounts).every((amount) => amount === undefined) && !endsByItself) {
    reader.refuse('give at least one of trials, scored, cost, target and duration.');
  }
  return {
    ...(trials === undefined ? {} : { trials }),
    ...(scored === undefined ? {} : { scored }),
    ...(cost === undefined ? {} : { cost }),
    ...(target === undefined ? {} : { target }),
    ...(duration === undefined ? {} : { duration }),
  };
}

/** Reads a target, whatever the metrics of the search. */
export function readTarget(reader: DefinitionReader): Exclude<Budget['target'], undefined> {
  reader.members(['metric', 'value']);
  return { metric: reader.at('metric').text(), value: reader.at('value').finiteNumber() };
}

/** Checks that the algorithm optimises the metric of a target, so that a trial can reach it. */
export function checkTargetMetric(reader: DefinitionReader, metrics: readonly Metric[]): void {
  const name = reader.text();
  const metric = metrics.find((candidate) => candidate.name === name);
  const usable = optimisedMetrics(metrics).map((candidate) => candidate.name);
  if (metric === undefined) reader.refuse(`there is no metric "${name}" (there is ${usable.join(', ')}).`);
  if (metric.goal === 'observe')
    reader.refuse(`"${name}" is only observed; a target needs an optimised metric (${usable.join(', ')}).`);
}

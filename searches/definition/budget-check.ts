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
    member.members(['metric', 'value']);
    const name = member.at('metric').text();
    const metric = metrics.find((candidate) => candidate.name === name);
    const usable = optimisedMetrics(metrics).map((candidate) => candidate.name);
    if (metric === undefined)
      return member.at('metric').refuse(`there is no metric "${name}" (there is ${usable.join(', ')}).`);
    if (metric.goal === 'observe') {
      member
        .at('metric')
        .refuse(`"${name}" is only observed; a target needs an optimised metric (${usable.join(', ')}).`);
    }
    return { metric: name, value: member.at('value').finiteNumber() };
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

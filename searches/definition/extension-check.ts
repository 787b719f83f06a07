import type { Metric } from '../../algorithms/contract/index.js';
import { checkTargetMetric, readTarget } from './budget-check.js';
import { DefinitionError } from './definition-error.js';
import { DefinitionReader } from './definition-reader.js';
import type { Budget } from './definition.js';

/**
 * Reads the budget to which a search is to be extended, from a message of unknown origin. What depends on the search
 * is left to `checkExtension`. Throws `DefinitionError`.
 */
export function readExtension(value: unknown): Budget {
  const reader = new DefinitionReader(value, 'budget');
  reader.members(['trials', 'scored', 'cost', 'target', 'duration']);
  const trials = reader.optional('trials', (amount) => amount.wholeNumber(1));
  const scored = reader.optional('scored', (amount) => amount.wholeNumber(1));
  const cost = reader.optional('cost', (amount) => amount.positiveNumber());
  const duration = reader.optional('duration', (amount) => amount.positiveNumber());
  const target = reader.optional('target', readTarget);
  return {
    ...(trials === undefined ? {} : { trials }),
    ...(scored === undefined ? {} : { scored }),
    ...(cost === undefined ? {} : { cost }),
    ...(target === undefined ? {} : { target }),
    ...(duration === undefined ? {} : { duration }),
  };
}

/** Refuses an extension that asks for nothing, or for a target that no trial can reach. Throws `DefinitionError`. */
export function checkExtension(budget: Budget, metrics: readonly Metric[]): void {
  if (Object.keys(budget).length === 0) {
    throw new DefinitionError('budget', 'give at least one of trials, scored, cost, target and duration.');
  }
  if (budget.target !== undefined)
    checkTargetMetric(new DefinitionReader(budget.target.metric, 'budget.target.metric'), metrics);
}

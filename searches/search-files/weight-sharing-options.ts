import { AlgorithmError, type AlgorithmReference } from '../../algorithms/contract/index.js';
import {
  readSharing,
  sharedTrialKind,
  sharedWeights,
  type SharingPlan,
  type WeightSharing,
} from '../../algorithms/index.js';
import type { DefinitionReader } from '../definition/definition-reader.js';

/**
 * The algorithm of a level: the one that was given, or with `weightSharing` the one that lets it search on shared
 * weights. Without the option a definition stays what it is.
 */
export function toAlgorithm(level: DefinitionReader): unknown {
  const given = level.at('algorithm');
  const option = level.at('weightSharing');
  if (option.value === undefined) return given.value;
  const plan = readPlan(option);
  checkBudget(plan, level.at('budget'));
  const algorithm: AlgorithmReference = {
    name: given.at('name').nonEmptyText(),
    version: given.at('version').wholeNumber(1),
    // The check of the algorithm reads its configuration.
    config: given.at('config').members() as AlgorithmReference['config'],
  };
  // `readPlan` has looked at every field.
  return sharedWeights(algorithm, option.value as WeightSharing);
}

function readPlan(option: DefinitionReader): SharingPlan {
  try {
    return readSharing('weightSharing', option.members());
  } catch (error) {
    if (error instanceof AlgorithmError) option.refuse(`${error.message}.`);
    throw error;
  }
}

/** Refuses a budget that would end the search before any evaluation under its last weights. */
function checkBudget(plan: SharingPlan, budget: DefinitionReader): void {
  for (const amount of ['trials', 'scored'] as const) {
    const member = budget.at(amount);
    const { value } = member;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) continue;
    const last = sharedTrialKind(plan, value - 1);
    if (last === 'evaluate') continue;
    const what = last === 'train' ? 'an epoch of training' : 'the control';
    member.refuse(
      `the last of ${value} trials would be ${what}, after which no evaluation gives a result: take ` +
        `${enoughTrials(plan, value)}.`,
    );
  }
  if (plan.search.when === 'after' && budget.at('cost').value !== undefined) {
    budget
      .at('cost')
      .refuse(
        "each epoch costs 1 and an evaluation nothing, so that with search: 'after' no cost ends the search at a result: " +
          `give trials, of which the first ${plan.epochs + 1} are the epochs and the control.`,
      );
  }
}

/** A larger budget that ends at an evaluation: with `during`, that of whole epochs. */
function enoughTrials(plan: SharingPlan, trials: number): number {
  const { epochs, search } = plan;
  if (search.when === 'after') return epochs + 2;
  // An epoch is its training, its control and its evaluations.
  const trialsOfEpoch = search.evaluations + 2;
  return Math.ceil(trials / trialsOfEpoch) * trialsOfEpoch;
}

import { AlgorithmError, type AlgorithmReference } from '../../algorithms/contract/index.js';
import {
  learnedPaths,
  type PolicyPaths,
  type PolicyPathsPlan,
  readSharing,
  type SampledPaths,
  type SampledPathsPlan,
  sampledTrialKind,
  sharedWeights,
  type SharingPlan,
  wholeTrials,
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
  const algorithm: AlgorithmReference = {
    name: given.at('name').nonEmptyText(),
    version: given.at('version').wholeNumber(1),
    // The check of the algorithm reads its configuration.
    config: given.at('config').members() as AlgorithmReference['config'],
  };
  // `readPlan` has looked at every field.
  if (plan.paths === 'policy') {
    refuseObjective(level.at('objective'));
    checkPolicyBudget(plan, level.at('budget'));
    return learnedPaths(algorithm, option.value as PolicyPaths);
  }
  checkBudget(plan, level.at('budget'));
  return sharedWeights(algorithm, option.value as SampledPaths);
}

/** A policy learns from one number for each architecture, from which no objective can be computed. */
function refuseObjective(objective: DefinitionReader): void {
  if (objective.value === undefined) return;
  objective.refuse(
    "is computed from several metrics, and with paths: 'policy' the policy learns from scores of one: leave it out, and " +
      'optimise that metric.',
  );
}

function readPlan(option: DefinitionReader): SharingPlan {
  try {
    return readSharing('weightSharing', option.members());
  } catch (error) {
    if (error instanceof AlgorithmError) option.refuse(`${error.message}.`);
    throw error;
  }
}

/** Refuses a budget that would end a search on paths of a policy before or between its evaluations. */
function checkPolicyBudget(plan: PolicyPathsPlan, budget: DefinitionReader): void {
  const { epochs } = plan;
  for (const amount of ['trials', 'scored'] as const) {
    const member = budget.at(amount);
    const { value } = member;
    if (!isCount(value) || value === wholeTrials(plan, value)) continue;
    member.refuse(
      `the search would end inside an epoch: give cost: ${epochs}, which is whole epochs with the evaluations of the ` +
        `last one, or take ${wholeTrials(plan, value)}.`,
    );
  }
  const cost = budget.at('cost');
  if (typeof cost.value !== 'number' || !(cost.value > 0) || cost.value > epochs - 1) return;
  cost.refuse(
    `only from the last of the ${epochs} epochs on are there evaluations, without which the search has no result: take ` +
      `${epochs}, or fewer epochs.`,
  );
}

/** Refuses a budget that would end the search before any evaluation under its last weights. */
function checkBudget(plan: SampledPathsPlan, budget: DefinitionReader): void {
  for (const amount of ['trials', 'scored'] as const) {
    const member = budget.at(amount);
    const { value } = member;
    if (!isCount(value)) continue;
    const last = sampledTrialKind(plan, value - 1);
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
function enoughTrials(plan: SampledPathsPlan, trials: number): number {
  const { epochs, search } = plan;
  if (search.when === 'after') return epochs + 2;
  // An epoch is its training, its control and its evaluations.
  const trialsOfEpoch = search.evaluations + 2;
  return Math.ceil(trials / trialsOfEpoch) * trialsOfEpoch;
}

/** Whether the amount of a budget is a number of trials; its own check refuses everything else. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

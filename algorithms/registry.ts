import type { Rng } from '../foundation/numbers/index.js';
import type { View } from '../search-spaces/index.js';
import type { TellingOrder } from './contract/algorithm.js';
import { AlgorithmError } from './contract/algorithm-error.js';
import type { AlgorithmReference } from './contract/algorithm-reference.js';
import type { Metric } from './contract/trial.js';
import { nameOfReference } from './contract/algorithm-reference.js';
import { register, type BoundAlgorithm, type RegisteredAlgorithm } from './contract/bound-algorithm.js';
import { autoAlgorithm } from './auto/auto.js';
import { bayesianAlgorithm } from './bayesian/bayesian.js';
import { controllerAlgorithm } from './controller/controller.js';
import { dartsAlgorithm } from './darts/darts.js';
import { ma2mlAlgorithm } from './ma2ml/ma2ml.js';
import { dedupeAlgorithm } from './wrapping/dedupe.js';
import { evolutionAlgorithm } from './evolution/evolution.js';
import { fromListAlgorithm } from './simple/from-list.js';
import { commandAlgorithm, customAlgorithm } from './own/index.js';
import { quasiRandomAlgorithm } from './simple/quasi-random.js';
import { randomAlgorithm } from './simple/random.js';
import { regularizedEvolutionAlgorithm } from './simple/regularized-evolution.js';
import { reinforceAlgorithm } from './reinforce/reinforce.js';
import { learnedPathsAlgorithm } from './wrapping/learned-paths.js';
import { sharedWeightsAlgorithm } from './wrapping/shared-weights.js';
import { stopEarlyAlgorithm } from './wrapping/stop-early.js';
import { registeredSuccessiveHalving } from './successive-halving/successive-halving.js';
import { sweepAlgorithm } from './simple/sweep.js';
import { tpeAlgorithm } from './tpe/tpe.js';

// A new algorithm costs its own file and this one: its builder and options for users, its reducers in the list.
export { auto } from './auto/auto.js';
export type { AutoOptions } from './auto/auto.js';
export { bayesian } from './bayesian/bayesian.js';
export type { BayesianOptions } from './bayesian/bayesian-options.js';
export { controller } from './controller/controller.js';
export type { ControllerOptions } from './controller/controller-options.js';
export { darts } from './darts/darts.js';
export { operationRoles } from './darts/operation-roles.js';
export type { OperationRole } from './darts/operation-roles.js';
export type { DartsOptions, DartsStage, DartsStop } from './darts/options.js';
export type { WarmStartMode, WarmStartOptions } from './warm-start/index.js';
export { dedupe } from './wrapping/dedupe.js';
export type { DedupeOptions, OnDuplicate } from './wrapping/dedupe.js';
export { fromList } from './simple/from-list.js';
export { ma2ml } from './ma2ml/ma2ml.js';
export type { Ma2mlAgent, Ma2mlCost, Ma2mlOptions, Ma2mlOrderFree, Ma2mlVariant } from './ma2ml/options.js';
export { command, custom, longestNote, readQuestion } from './own/index.js';
export type {
  CustomAlgorithm,
  CustomAnswer,
  CustomFunctions,
  CustomOutcome,
  CustomProblem,
  CustomProposal,
  HeardOutcome,
  Note,
  OwnAnswer,
  OwnOptions,
} from './own/index.js';
export { quasiRandom } from './simple/quasi-random.js';
export { random } from './simple/random.js';
export { regularizedEvolution } from './simple/regularized-evolution.js';
export type { RegularizedEvolutionOptions } from './simple/regularized-evolution.js';
export { reinforce } from './reinforce/reinforce.js';
export type { ReinforceOptions } from './reinforce/reinforce.js';
export { learnedPaths } from './wrapping/learned-paths.js';
export type { PolicyPaths } from './wrapping/policy-paths.js';
export type { SampledPaths } from './wrapping/sampled-paths.js';
export { sharedWeights } from './wrapping/shared-weights.js';
export type { SharingPlan, WeightSharing } from './wrapping/weight-sharing.js';
export { stopEarly } from './wrapping/stop-early.js';
export { successiveHalving } from './successive-halving/successive-halving.js';
export type { SuccessiveHalvingOptions } from './successive-halving/successive-halving.js';
export { sweep } from './simple/sweep.js';
export { tpe } from './tpe/tpe.js';
export type { TpeOptions } from './tpe/tpe-options.js';

/** The algorithms that a definition may name. */
const algorithms: RegisteredAlgorithm[] = [
  register(randomAlgorithm),
  register(quasiRandomAlgorithm),
  register(sweepAlgorithm),
  register(tpeAlgorithm),
  register(bayesianAlgorithm),
  register(autoAlgorithm),
  register(regularizedEvolutionAlgorithm),
  registeredSuccessiveHalving((reference) => findAlgorithm(reference)),
  register(reinforceAlgorithm),
  register(controllerAlgorithm),
  register(ma2mlAlgorithm),
  register(dartsAlgorithm),
  register(evolutionAlgorithm),
  register(fromListAlgorithm),
  register(customAlgorithm),
  register(commandAlgorithm),
  register(dedupeAlgorithm((reference) => findAlgorithm(reference))),
  register(stopEarlyAlgorithm((reference) => findAlgorithm(reference))),
  register(sharedWeightsAlgorithm((reference) => findAlgorithm(reference))),
  register(learnedPathsAlgorithm((reference) => findAlgorithm(reference))),
];

/** Names of all algorithms. */
export const algorithmNames: readonly string[] = algorithms.map(({ name }) => name);

/**
 * Lets definitions name one more algorithm in this process. Each process of a search needs it before its first search:
 * the worker, its workflow bundle, and the evaluating processes. Throws `AlgorithmError` for a name that is taken.
 */
export function addAlgorithm(algorithm: RegisteredAlgorithm): void {
  if (algorithms.some(({ name }) => name === algorithm.name))
    throw new AlgorithmError(`there is an algorithm '${algorithm.name}' already: give yours another name`);
  algorithms.push(algorithm);
}

/** The algorithm that a definition names; throws `AlgorithmError` when this build has no such name or version. */
export function findAlgorithm(reference: AlgorithmReference): RegisteredAlgorithm {
  const found = algorithms.find(({ name }) => name === reference.name);
  if (found === undefined) {
    throw new AlgorithmError(
      `there is no algorithm ${nameOfReference(reference)}; there are ${algorithms.map(({ name }) => name).join(', ')}`,
    );
  }
  if (found.version !== reference.version) {
    throw new AlgorithmError(
      `the search uses ${nameOfReference(reference)} but this build has version ${found.version}: ` +
        `use a build with that version or start a new search`,
    );
  }
  return found;
}

/**
 * The algorithm of a definition, configured for a problem. Throws `AlgorithmError` with one sentence when the
 * algorithm is unknown, its configuration is wrong, or it cannot work with this space, these metrics or this order.
 */
export function bindAlgorithm(
  reference: AlgorithmReference,
  view: View,
  metrics: readonly Metric[],
  rng: Rng,
  order: TellingOrder,
): BoundAlgorithm {
  return findAlgorithm(reference).bind(reference.config, view, metrics, rng, order);
}

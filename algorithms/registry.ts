import type { Rng } from '../foundation/numbers/index.js';
import type { View } from '../search-spaces/index.js';
import {
  AlgorithmError,
  type AlgorithmReference,
  type Metric,
  type TellingOrder,
} from './contract/algorithm.js';
import {
  nameOfReference,
  register,
  type BoundAlgorithm,
  type RegisteredAlgorithm,
} from './contract/bound-algorithm.js';
import { ma2mlAlgorithm } from './ma2ml/ma2ml.js';
import { dedupeAlgorithm } from './wrapping/dedupe.js';
import { evolutionAlgorithm } from './evolution/evolution.js';
import { fromListAlgorithm } from './simple/from-list.js';
import { randomAlgorithm } from './simple/random.js';
import { regularizedEvolutionAlgorithm } from './simple/regularized-evolution.js';
import { reinforceAlgorithm } from './reinforce/reinforce.js';
import { stopEarlyAlgorithm } from './wrapping/stop-early.js';
import { successiveHalvingAlgorithm } from './successive-halving/successive-halving.js';
import { sweepAlgorithm } from './simple/sweep.js';

const algorithms: readonly RegisteredAlgorithm[] = [
  register(randomAlgorithm),
  register(sweepAlgorithm),
  register(regularizedEvolutionAlgorithm),
  register(successiveHalvingAlgorithm),
  register(reinforceAlgorithm),
  register(ma2mlAlgorithm),
  register(evolutionAlgorithm),
  register(fromListAlgorithm),
  register(dedupeAlgorithm((reference) => findAlgorithm(reference))),
  register(stopEarlyAlgorithm((reference) => findAlgorithm(reference))),
];

/** Names of all algorithms. */
export const algorithmNames: readonly string[] = algorithms.map(({ name }) => name);

/** The algorithm that a definition names; throws `AlgorithmError` when this build has no such name or version. */
export function findAlgorithm(reference: AlgorithmReference): RegisteredAlgorithm {
  const found = algorithms.find(({ name }) => name === reference.name);
  if (found === undefined) {
    throw new AlgorithmError(
      `there is no algorithm ${nameOfReference(reference)}; there are ${algorithmNames.join(', ')}`,
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

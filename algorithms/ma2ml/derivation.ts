import type { Rng } from '../../foundation/numbers/index.js';
import type { View } from '../../search-spaces/index.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { StateValue } from '../contract/state-value.js';
import type { Metric } from '../contract/trial.js';
import { candidatesOf, type DerivationOptions, type Ma2mlCandidates } from './candidates.js';
import { readSearch } from './report.js';

/**
 * Candidates for full training from a state and its bulk (null before the first update). Leaves out pipelines that were
 * measured above a cost target, and asks `isFeasible` about all others. The same arguments give the same candidates.
 */
export function deriveMa2ml(
  reference: AlgorithmReference,
  view: View,
  metrics: readonly Metric[],
  value: StateValue,
  bulk: Uint8Array | null,
  rng: Rng,
  options: DerivationOptions = {},
): Ma2mlCandidates {
  const { layout, config, state } = readSearch(reference, view, metrics, value);
  return candidatesOf(layout, config, state, bulk, rng, options);
}

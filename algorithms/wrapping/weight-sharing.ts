import { isPlainObject } from '../../foundation/json/index.js';
import { readPolicyPaths, type PolicyPaths, type PolicyPathsPlan } from './policy-paths.js';
import { readSampledPaths, type SampledPaths, type SampledPathsPlan } from './sampled-paths.js';

/** How the trials of a search share the weights of one training, as a search file says it. */
export type WeightSharing = SampledPaths | PolicyPaths;

/** A checked `WeightSharing` with its defaults. */
export type SharingPlan = SampledPathsPlan | PolicyPathsPlan;

/**
 * Checks a `WeightSharing` of unknown origin; `owner` names it in messages. Throws `AlgorithmError` with one sentence
 * about the first thing that is wrong.
 */
export function readSharing(owner: string, value: unknown): SharingPlan {
  return isPlainObject(value) && value['paths'] === 'policy'
    ? readPolicyPaths(owner, value)
    : readSampledPaths(owner, value);
}

import { canonicalJson } from '../foundation/json/index.js';
import { plainJson } from '../searches/loop/index.js';
import type { TrialKey } from '../storage/index.js';
import type { EvaluateInput } from './evaluation.js';

/** What makes two evaluations attempts of the same trial, from the arguments of the activity. */
export function keyOfTrial({ search, index, seed, genome, slice, continues }: EvaluateInput): TrialKey {
  const key = { search, index, seed, genome };
  if (slice === undefined) return key;
  // All slices share a seed, and often a genome.
  return { ...key, part: canonicalJson([plainJson(slice), continues ?? null]) };
}

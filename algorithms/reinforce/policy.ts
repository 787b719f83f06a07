import type { Genome, View } from '../../search-spaces/index.js';
import type { DescribedDecision } from '../contract/description.js';
import { addMaskedSlope, distributionOf, probabilitiesOf } from '../policy-gradient/categorical-policy.js';
import { everyOption, readDecisions } from '../policy-gradient/decisions.js';
import { headsOf, type HeadTree } from '../policy-gradient/heads.js';

const policies = new WeakMap<View, Map<number, HeadTree>>();

/** The heads of a view; floats and long ints get `bins` categories. Built once per view. */
export function policyOf(view: View, bins: number): HeadTree {
  const known = policies.get(view)?.get(bins);
  if (known !== undefined) return known;
  const policy = headsOf(view, {
    algorithm: 'reinforce',
    points: { at: 'centres', count: bins },
    intWeights: 'by-scale',
    dependentPicks: 'masked',
    elements: 'shared',
    mostOptions: Infinity,
  });
  const byBins = policies.get(view) ?? new Map<number, HeadTree>();
  policies.set(view, byBins.set(bins, policy));
  return policy;
}

/** The policy for people who watch; the picks of a multi-choice as they are before one excludes another. */
export function decisionsOf({ heads }: HeadTree, logits: Float64Array): readonly DescribedDecision[] {
  return heads.map((head) => ({
    id: head.id,
    node: head.node,
    options: head.options,
    probabilities: [...probabilitiesOf(head, logits, everyOption)],
  }));
}

/**
 * Adds to `gradient` the slope, with respect to the logits, of `advantage` times the log-probability of the genome
 * plus `entropyWeight` times the entropy of the heads that are active in it. Illegal picks have probability zero.
 * Throws `AlgorithmError` when the genome is not one that the policy can draw.
 */
export function addGradient(
  policy: HeadTree,
  logits: Float64Array,
  genome: Genome,
  advantage: number,
  entropyWeight: number,
  gradient: Float64Array,
): void {
  for (const { head, option, isLegal } of readDecisions(policy, genome)) {
    const distribution = distributionOf(head, logits, isLegal);
    addMaskedSlope(head, distribution, option, advantage, entropyWeight, gradient);
  }
}

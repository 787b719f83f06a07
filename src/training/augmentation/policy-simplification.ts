import type { AugmentationOperation, AugmentationPolicy } from './augmentation-policy.js';

/**
 * The policy without alternatives of weight 0 and without steps in which nothing ever acts: a search proposes many of
 * them, and each would cost time in every step of a training.
 */
export function simplifyPolicy(policy: AugmentationPolicy): AugmentationPolicy {
  return policy
    .map(({ oneOf, weights }) => {
      const chosen = oneOf.map((_sequence, i) => (weights[i] ?? 0) > 0);
      return { oneOf: oneOf.filter((_one, i) => chosen[i]), weights: weights.filter((_one, i) => chosen[i]) };
    })
    .filter(({ oneOf }) => oneOf.some((sequence) => sequence.some(acts)));
}

function acts({ op, probability }: AugmentationOperation): boolean {
  return op !== 'identity' && probability > 0;
}

import fc from 'fast-check';
import { headsOf, type HeadRules, type HeadTree } from '../../../algorithms/policy-gradient/heads.js';
import { AlgorithmError } from '../../../algorithms/index.js';
import { view, type View } from '../../../search-spaces/index.js';
import { arbitrarySpace } from '../../search-spaces/arbitrary-space.js';

/** Heads of which one restricts another: masked picks, elements shared by lengths. */
export const sequentialRules: HeadRules = {
  algorithm: 'sequential',
  points: { at: 'centres', count: 4 },
  intWeights: 'by-scale',
  dependentPicks: 'masked',
  elements: 'shared',
  mostOptions: Infinity,
};

/** Heads that are independent of each other. */
export const independentRules: HeadRules = {
  algorithm: 'independent',
  points: { at: 'ends', count: 3 },
  intWeights: 'uniform',
  dependentPicks: 'joint',
  elements: 'per-length',
  mostOptions: 255,
};

export interface SpaceHeads {
  readonly space: View;
  readonly rules: HeadRules;
  readonly tree: HeadTree;
}

/** Heads of random spaces under both rules; spaces that the rules refuse are left out. */
export function arbitraryHeads(): fc.Arbitrary<SpaceHeads> {
  return fc
    .tuple(arbitrarySpace(), fc.constantFrom(sequentialRules, independentRules))
    .map(([space, rules]) => ({ space: view(space), rules, tree: treeOrNull(view(space), rules) }))
    .filter((made): made is SpaceHeads => made.tree !== null);
}

function treeOrNull(space: View, rules: HeadRules): HeadTree | null {
  try {
    return headsOf(space, rules);
  } catch (error) {
    if (error instanceof AlgorithmError) return null;
    throw error;
  }
}

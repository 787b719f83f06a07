import { toTree, type GenomeTree } from '../../search-spaces/genomes/index.js';
import type { Genome, View } from '../../search-spaces/views/index.js';

/** The weights of the differences of two genomes. */
export interface DistanceWeights {
  /** Weight of each number below decisions that differ. */
  readonly disjoint: number;
  /** Weight of each decision that differs. */
  readonly matching: number;
}

/**
 * The distance of two genomes, by a walk of both trees side by side: (disjoint·D + matching·W) / N. An equal decision
 * adds 1 to N, and the walk goes on below it. A different decision adds 1 to W, the count of numbers in the larger of
 * its two subtrees to N, and that count less 1 (for the decision itself) to D.
 */
export function geneticDistance(view: View, a: Genome, b: Genome, weights: DistanceWeights): number {
  const sum = { disjoint: 0, matching: 0, all: 0 };
  compare(toTree(view, a), toTree(view, b), sum);
  return sum.all === 0 ? 0 : (weights.disjoint * sum.disjoint + weights.matching * sum.matching) / sum.all;
}

/**
 * Groups the places of genomes by distance: each genome joins the first representative within `threshold`, or founds a
 * group that it represents.
 */
export function speciesOf(
  view: View,
  genomes: readonly Genome[],
  representatives: readonly Genome[],
  options: DistanceWeights & { readonly threshold: number },
): readonly { readonly representative: Genome; readonly members: readonly number[] }[] {
  const species = representatives.map((representative) => ({ representative, members: new Array<number>() }));
  for (const [place, genome] of genomes.entries()) {
    const home = species.find(
      ({ representative }) => geneticDistance(view, representative, genome, options) <= options.threshold,
    );
    if (home === undefined) species.push({ representative: genome, members: [place] });
    else home.members.push(place);
  }
  return species.filter(({ members }) => members.length > 0);
}

interface Sum {
  disjoint: number;
  matching: number;
  all: number;
}

function compare(a: GenomeTree, b: GenomeTree, sum: Sum): void {
  if (isList(a) || isList(b)) {
    const [left, right] = [isList(a) ? a : [a], isList(b) ? b : [b]];
    // The decision above two lists of different lengths is their length and differs: the walk stops there.
    for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
      compare(left[i] ?? null, right[i] ?? null, sum);
    }
    return;
  }
  const [left, right] = [decided(a), decided(b)];
  if (left === null || right === null) return;
  if (left === right) {
    sum.all += 1;
    compare(below(a), below(b), sum);
    return;
  }
  const longer = Math.max(countOf(a), countOf(b));
  sum.matching += 1;
  sum.all += longer;
  sum.disjoint += longer - 1;
}

function isList(tree: GenomeTree): tree is readonly GenomeTree[] {
  return Array.isArray(tree);
}

function decided(tree: Exclude<GenomeTree, readonly GenomeTree[]>): number | null {
  return typeof tree === 'object' && tree !== null ? tree.choice : tree;
}

function below(tree: Exclude<GenomeTree, readonly GenomeTree[]>): GenomeTree {
  return typeof tree === 'object' && tree !== null ? tree.then : null;
}

function countOf(tree: GenomeTree): number {
  if (tree === null) return 0;
  if (typeof tree === 'number') return 1;
  if (isList(tree)) return tree.reduce<number>((sum, part) => sum + countOf(part), 0);
  return 1 + countOf(tree.then);
}

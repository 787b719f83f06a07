import { toTree, type Genome, type GenomeTree, type View } from '../../search-spaces/index.js';

/** How differences of two genomes count. */
export interface DistanceWeights {
  /** Of numbers below decisions that differ. */
  readonly disjoint: number;
  /** Of decisions that differ. */
  readonly matching: number;
}

/**
 * How far two genomes lie apart, by a walk of both trees side by side: (disjoint·D + matching·W) / N. An equal
 * decision adds 1 to N and what is below it is compared; a different one adds 1 to W, its numbers (those of the longer
 * of the two) to N, and to D those of them that are below it.
 */
export function geneticDistance(view: View, a: Genome, b: Genome, weights: DistanceWeights): number {
  const sum = { disjoint: 0, matching: 0, all: 0 };
  compare(toTree(view, a), toTree(view, b), sum);
  return sum.all === 0 ? 0 : (weights.disjoint * sum.disjoint + weights.matching * sum.matching) / sum.all;
}

/** Groups of places by what their genomes are like: each joins the first representative near enough, or founds a group. */
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
    // Lists of different lengths were told apart by their length already.
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

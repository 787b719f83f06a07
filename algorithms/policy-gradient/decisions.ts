import { unreachable } from '../../foundation/errors/index.js';
import type { Genome } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { Decision, Head, HeadTree, Site } from './heads.js';

/** Whether a head may take an option after the picks before it, so that every later pick still has one to take. */
export type IsLegal = (option: number) => boolean;

/** A decision that a genome contains. */
export interface MadeDecision {
  /** The head and its index among the heads. */
  readonly head: Head;
  readonly place: number;
  readonly option: number;
  readonly isLegal: IsLegal;
}

/** The decisions of a genome in sequence order, or the first number that no policy over these heads can draw. */
export type GenomeDecisions =
  | { readonly kind: 'drawable'; readonly decisions: readonly MadeDecision[] }
  /** No legal option stands for the number at `position`. */
  | { readonly kind: 'unknown-number'; readonly position: number }
  /** The decisions need only the first `needed` numbers. */
  | { readonly kind: 'too-long'; readonly needed: number };

/** The mask of a head that no other decision restricts. */
export function everyOption(): boolean {
  return true;
}

/**
 * The genome of decisions that `choose` makes one after the other: it gets each head that is active under the options
 * chosen before, with its index and its mask, and returns a legal option. Throws `AlgorithmError` for another one.
 */
export function decide(
  tree: HeadTree,
  choose: (head: Head, place: number, isLegal: IsLegal) => number,
): Genome {
  const genome: number[] = [];
  walk(tree.heads, tree.sites, (head, place, isLegal) => {
    const option = choose(head, place, isLegal);
    const numbers = head.options[option];
    if (numbers === undefined)
      throw new AlgorithmError(`head ${place} of ${tree.algorithm} has no option ${option}`);
    if (!isLegal(option)) {
      throw new AlgorithmError(
        `head ${place} of ${tree.algorithm} cannot take option ${option} after the picks before it`,
      );
    }
    genome.push(...numbers);
    return option;
  });
  return genome;
}

/** The genome of an option for every head; those of inactive heads do not matter. */
export function genomeOf(tree: HeadTree, options: ArrayLike<number>): Genome {
  return decide(tree, (_, place) => options[place] ?? -1);
}

/** The decisions that a genome is made of: the inverse of `decide`. */
export function decisionsIn({ heads, sites }: HeadTree, genome: Genome): GenomeDecisions {
  const decisions: MadeDecision[] = [];
  let position = 0;
  const isRead = walk(heads, sites, (head, place, isLegal) => {
    const option = head.options.findIndex((numbers) =>
      numbers.every((number, at) => genome[position + at] === number),
    );
    if (option < 0 || !isLegal(option)) return null;
    decisions.push({ head, place, option, isLegal });
    position += head.options[option]?.length ?? 0;
    return option;
  });
  if (!isRead) return { kind: 'unknown-number', position };
  return position === genome.length
    ? { kind: 'drawable', decisions }
    : { kind: 'too-long', needed: position };
}

/** The decisions of a genome; throws `AlgorithmError` when no policy over these heads can draw it. */
export function readDecisions(tree: HeadTree, genome: Genome): readonly MadeDecision[] {
  const read = decisionsIn(tree, genome);
  switch (read.kind) {
    case 'drawable':
      return read.decisions;
    case 'unknown-number':
      throw new AlgorithmError(
        `the policy cannot draw the genome [${genome.join(', ')}]: see number ${read.position}`,
      );
    case 'too-long':
      throw new AlgorithmError(
        `the policy cannot draw a genome of ${genome.length} numbers here, only of ${read.needed}`,
      );
    default:
      return unreachable(read, 'reading of a genome');
  }
}

/** Whether a head is active under these options, of which those of the heads above it are valid. */
export function isActive(heads: readonly Head[], options: ArrayLike<number>, place: number): boolean {
  let head = heads[place];
  while (head !== undefined && head.parent >= 0) {
    const above = options[head.parent] ?? -1;
    if (above < head.parentOption || above > head.lastParentOption) return false;
    head = heads[head.parent];
  }
  return true;
}

/** Visits the active heads in sequence order, until `choose` returns null; tells whether it came to the end. */
function walk(
  heads: readonly Head[],
  sites: readonly Site[],
  choose: (head: Head, place: number, isLegal: IsLegal) => number | null,
): boolean {
  return sites.every((site) => {
    const chosen: number[] = [];
    return site.decisions.every((decision) => {
      const head = heads[decision.head];
      if (head === undefined) throw new AlgorithmError(`there is no head ${decision.head}`);
      const option = choose(head, decision.head, maskOf(site, chosen, head.of));
      if (option === null) return false;
      chosen.push(option);
      return activeBelow(decision, option).every((inner) => walk(heads, inner, choose));
    });
  });
}

function activeBelow({ below, through }: Decision, option: number): readonly (readonly Site[])[] {
  return below.slice(through === 'chosen' ? option : 0, option + 1);
}

/** Which options the next pick may take so that the whole multi-choice can still be completed. */
function maskOf({ decisions, distinct, sorted }: Site, chosen: readonly number[], of: number): IsLegal {
  const last = chosen.at(-1);
  if (sorted) {
    const least = last === undefined ? 0 : distinct ? last + 1 : last;
    const largest = distinct ? of - (decisions.length - chosen.length) : of - 1;
    return (option) => option >= least && option <= largest;
  }
  // A copy, because `chosen` grows while the caller still uses this mask.
  const taken = [...chosen];
  return distinct ? (option) => !taken.includes(option) : everyOption;
}

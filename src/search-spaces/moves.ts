import type { ChoiceSource } from '../numerics/rng.js';
import type { ActiveNode } from './active-node.js';
import type { Genome } from './genome.js';

/** What an operator does: it counts the ways in which a decision can change and carries one of them out. */
export interface Moves {
  /** How many units of an active decision have another outcome. */
  count(active: ActiveNode, numbers: Genome): number;
  /** The decision's new numbers after changing one of its units. */
  apply(
    active: ActiveNode,
    numbers: Genome,
    unit: number,
    source: ChoiceSource,
    allowNoop: boolean,
  ): readonly number[];
}

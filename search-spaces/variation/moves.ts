import type { ChoiceSource } from '../../foundation/numbers/index.js';
import type { ActiveNode } from '../views/active-node.js';
import type { Genome } from '../views/genome.js';

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

import type { ActiveNode } from '../views/active-node.js';
import { activeNodes } from '../views/active-node.js';
import type { ChoiceSource } from '../../foundation/numbers/index.js';
import type { Genome } from '../views/genome.js';
import type { Plan } from '../views/plan.js';
import { planLength } from '../views/plan.js';
import type { Selection } from '../views/where.js';
import { selected } from '../views/where.js';

/** A parent at one decision: its numbers, and the index (`place`) at which those of the decision begin. */
export interface Contributor {
  readonly parent: number;
  readonly numbers: Genome;
  readonly place: number;
}

/** Which decisions of which parents `where` selects; the index of its first number tells which decision it is. */
export interface SelectedPlaces {
  isSelected(contributor: Contributor): boolean;
  /** Whether some decision of some parent is left out. */
  readonly leavesOut: boolean;
}

/** The parents at the root of a plan. */
export function contributorsOf(parents: readonly Genome[]): readonly Contributor[] {
  return parents.map((numbers, parent) => ({ parent, numbers, place: 0 }));
}

/** The decisions of the parents that `where` selects: all without one. */
export function selectedPlaces(
  plan: Plan,
  parents: readonly Genome[],
  where: Selection | undefined,
  source: ChoiceSource,
): SelectedPlaces {
  if (where === undefined) return { isSelected: () => true, leavesOut: false };
  const places: ReadonlySet<number>[] = [];
  let leavesOut = false;
  for (const numbers of parents) {
    const all: readonly ActiveNode[] = activeNodes(plan, numbers);
    const some = selected(where, all, source);
    if (some.length < all.length) leavesOut = true;
    places.push(new Set(some.map(({ start }) => start)));
  }
  return {
    isSelected: ({ parent, place }) => places[parent]?.has(place) ?? false,
    leavesOut,
  };
}

/** The contributors with `place` moved past a number, or past everything below a candidate or element. */
export function moved(
  contributors: readonly Contributor[],
  past: (one: Contributor) => number,
): readonly Contributor[] {
  return contributors.map((one) => ({ ...one, place: one.place + past(one) }));
}

/** The number of a contributor at its `place`. */
export function numberOf({ numbers, place }: Contributor): number {
  return numbers[place] ?? 0;
}

/** How many numbers a contributor has under its candidate, whose index stands at its `place`. */
export function lengthBelow(sub: readonly Plan[], one: Contributor): number {
  return planLength(sub[numberOf(one)], one.numbers, one.place + 1);
}

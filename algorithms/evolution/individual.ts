import type { Genome } from '../../search-spaces/index.js';

/** A member of a population, or a child on its way to being one. Plain data. */
export type Individual = {
  /** The trial's index; before the proposal a negative number, unique within one run of an operation. */
  readonly id: number;
  readonly genome: Genome;
  /** 1 for the initial phase; one more for each reproduction after it. */
  readonly generation: number;
  /** Whether the initial phase proposed it. */
  readonly initial: boolean;
  /** Ids of its parents, at most the first four. */
  readonly parents: readonly number[];
  /** One per optimised metric, oriented so that higher is better; absent until the trial has an outcome. */
  readonly scores?: readonly number[];
  /** Its place in the order of telling. */
  readonly told?: number;
};

/** An element of the lists that operations take and give: an individual, or a group such as a front or a species. */
export type Item = Individual | readonly Item[];

/** No child keeps the ids of more parents than this. */
export const maximumParents = 4;

export function isGroup(item: Item): item is readonly Item[] {
  return Array.isArray(item);
}

/** All individuals of some items, in order. */
export function individualsOf(items: readonly Item[]): readonly Individual[] {
  return items.flatMap((item) => (isGroup(item) ? individualsOf(item) : [item]));
}

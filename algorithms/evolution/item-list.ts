import { individualsOf, isGroup, type Item } from './individual.js';

/** The elements at some indices of a list, in the order of the indices. */
export function pick<T>(list: readonly T[], indices: readonly number[]): readonly T[] {
  return indices.flatMap((index) => {
    const element = list[index];
    return element === undefined ? [] : [element];
  });
}

/** Individuals are the same when their ids are; groups when their members are. */
function identityOf(item: Item): string {
  return isGroup(item) ? `[${item.map(identityOf).join()}]` : String(item.id);
}

/** Whether a list has the same item. */
export function holds(items: readonly Item[], wanted: Item): boolean {
  const identity = identityOf(wanted);
  return items.some((item) => identityOf(item) === identity);
}

/** The first of every same item. */
export function withoutRepeats(items: readonly Item[]): readonly Item[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const identity = identityOf(item);
    const isNew = !seen.has(identity);
    seen.add(identity);
    return isNew;
  });
}

/** The items with `depth` levels of groups taken away. */
export function flattened(items: readonly Item[], depth: number): readonly Item[] {
  if (depth < 1) return items;
  return items.flatMap((item) => (isGroup(item) ? flattened(item, depth - 1) : [item]));
}

/** The genomes of all individuals as one text, for comparisons. */
export function genomesOf(items: readonly Item[]): string {
  return JSON.stringify(individualsOf(items).map(({ genome }) => genome));
}

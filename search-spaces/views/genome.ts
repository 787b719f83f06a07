/**
 * A point of a space as a flat list of numbers: the active decisions only, depth first in declaration order.
 * A choice is the index of its candidate, an int or float its value. Needs the space (or its view) to be read.
 */
export type Genome = readonly number[];

/** Order of two genomes: by the first number that differs. Equals sweep order in spaces without floats. */
export function compare(a: Genome, b: Genome): -1 | 0 | 1 {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return a.length === b.length ? 0 : a.length < b.length ? -1 : 1;
}

import type { AlgorithmDescription } from '../contract/description.js';

/** A figure that an algorithm describes, by its name; null where it has none, or does not know it. */
export function figureOf(description: AlgorithmDescription | null, figure: string): number | null {
  const value = description?.figures.find(({ name: known }) => known === figure)?.value ?? null;
  return value === null || !Number.isFinite(value) ? null : value + 0;
}

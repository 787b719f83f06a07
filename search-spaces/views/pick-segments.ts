import type { ActiveNode } from './active-node.js';

/**
 * The numbers of each pick of an active multi-choice, its index and what is decided below it, or of each element of a
 * list.
 */
export function pickSegments(active: ActiveNode, numbers: readonly number[]): number[][] {
  const { pickStarts, end } = active;
  return pickStarts.map((start, pick) => numbers.slice(start, pickStarts[pick + 1] ?? end));
}

/** Segments in the order of their indices; equal indices keep their order. */
export function sortSegments(segments: readonly number[][]): number[][] {
  return [...segments].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
}

/** Whether two lists have the same numbers in the same order. */
export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((number, i) => number === b[i]);
}

/** Losses of a trial, one for each optimised metric; smaller is better. */
export type Losses = readonly number[];

/**
 * Places of the points that no other point dominates, in their order. Of equal points only the first is kept. All
 * points must have the same number of losses.
 */
export function paretoFront(points: readonly Losses[]): readonly number[] {
  const order = points.map((_point, place) => place);
  // Nothing that comes later in this order dominates what came before.
  order.sort((a, b) => lexicographic(points[a] ?? [], points[b] ?? []) || a - b);
  const front: number[] = [];
  if (points[0]?.length === 2) {
    let least = Infinity;
    for (const place of order) {
      const second = points[place]?.[1] ?? Infinity;
      if (second >= least) continue;
      least = second;
      front.push(place);
    }
  } else {
    for (const place of order) {
      const point = points[place] ?? [];
      if (!front.some((other) => covers(points[other] ?? [], point))) front.push(place);
    }
  }
  return front.sort((a, b) => a - b);
}

/** Whether a point is at least as good as another in every loss. */
export function covers(point: Losses, other: Losses): boolean {
  return point.every((loss, at) => loss <= (other[at] ?? Infinity));
}

function lexicographic(a: Losses, b: Losses): number {
  for (const [at, loss] of a.entries()) {
    const difference = loss - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

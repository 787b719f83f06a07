import type { Losses } from './pareto-front.js';

/**
 * The place of a front's knee: the point closest to the ideal one, which has the least of every loss, once each loss is
 * scaled to [0, 1] over the front (Euclidean distance; of equals the first). A single point is its own knee; an empty
 * front has none: null.
 */
export function kneeOf(front: readonly Losses[]): number | null {
  const dimensions = front[0]?.length ?? 0;
  const ranges = Array.from({ length: dimensions }, (_unused, at) => {
    const values = front.map((point) => point[at] ?? 0);
    return { least: Math.min(...values), most: Math.max(...values) };
  });
  let knee: number | null = null;
  let shortest = Infinity;
  for (const [place, point] of front.entries()) {
    const distance = ranges.reduce((sum, { least, most }, at) => {
      const scaled = most > least ? ((point[at] ?? least) - least) / (most - least) : 0;
      return sum + scaled * scaled;
    }, 0);
    if (distance >= shortest) continue;
    shortest = distance;
    knee = place;
  }
  return knee;
}

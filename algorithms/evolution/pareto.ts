/** The goal of one of several metrics. */
type Direction = 'maximize' | 'minimize';

/** Whether `a` is nowhere worse than `b` and somewhere better; higher is better. */
export function dominatesScores(a: readonly number[], b: readonly number[]): boolean {
  let better = false;
  for (const [place, score] of a.entries()) {
    const other = b[place] ?? score;
    if (score < other) return false;
    if (score > other) better = true;
  }
  return better;
}

/** Negates the coordinates of minimised metrics, so that higher is better everywhere. */
export function orientedScores(
  points: readonly (readonly number[])[],
  goals: readonly Direction[],
): readonly (readonly number[])[] {
  return points.map((point) => point.map((value, m) => (goals[m] === 'minimize' ? 0 - value : value)));
}

/**
 * Indices of points by front; higher scores are better. The first front holds, in ascending order, the points that no
 * other dominates; a point joins the front after the one with the last of its dominators.
 */
export function nonDominatedFronts(points: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const dominated = points.map(() => new Array<number>());
  const dominators = points.map(() => 0);
  for (let i = 0; i < points.length; i += 1) {
    for (let j = i + 1; j < points.length; j += 1) {
      const [a = [], b = []] = [points[i], points[j]];
      if (dominatesScores(a, b)) {
        dominated[i]?.push(j);
        dominators[j] = (dominators[j] ?? 0) + 1;
      } else if (dominatesScores(b, a)) {
        dominated[j]?.push(i);
        dominators[i] = (dominators[i] ?? 0) + 1;
      }
    }
  }
  const fronts: number[][] = [];
  let front = points.flatMap((_, i) => (dominators[i] === 0 ? [i] : []));
  while (front.length > 0) {
    fronts.push(front);
    const after: number[] = [];
    for (const i of front) {
      for (const j of dominated[i] ?? []) {
        const left = (dominators[j] ?? 0) - 1;
        dominators[j] = left;
        if (left === 0) after.push(j);
      }
    }
    front = after;
  }
  return fronts;
}

/**
 * Indices of the points of one front by falling crowding distance, ties in the order given. For each objective the
 * distance of the two end points becomes the number of objectives (or infinite, so that they come first), and each
 * point between them adds the gap between its neighbours, as a share of the range.
 */
export function crowdingOrder(
  points: readonly (readonly number[])[],
  ends: 'objectives' | 'infinite' = 'objectives',
): readonly number[] {
  const objectives = points[0]?.length ?? 0;
  const edge = ends === 'infinite' ? Infinity : objectives;
  const distance = points.map(() => 0);
  for (let m = 0; m < objectives; m += 1) {
    const value = (i: number | undefined): number => points[i ?? 0]?.[m] ?? 0;
    const order = points.map((_, i) => i).sort((a, b) => value(a) - value(b));
    const range = value(order.at(-1)) - value(order[0]);
    for (const [place, i] of order.entries()) {
      if (place === 0 || place === order.length - 1) distance[i] = edge;
      else if (range > 0) {
        const gap = value(order[place + 1]) - value(order[place - 1]);
        distance[i] = (distance[i] ?? 0) + gap / range;
      }
    }
  }
  // The difference of two infinities is NaN, so the sort compares equal distances instead of subtracting them.
  return points
    .map((_, i) => i)
    .sort((a, b) => {
      const [left = 0, right = 0] = [distance[a], distance[b]];
      return left === right ? 0 : left > right ? -1 : 1;
    });
}

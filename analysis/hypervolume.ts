import { covers, type Losses, paretoFront } from './pareto-front.js';

/** The volume that points dominate below a reference point; points beyond the reference add nothing. */
export function hypervolume(points: readonly Losses[], reference: Losses): number {
  const inside = points.filter((point) => covers(point, reference));
  const front = paretoFront(inside).map((place) => inside[place] ?? []);
  return reference.length === 2 ? area(front, reference) : volume(front, reference);
}

/**
 * The hypervolume after each point; null points (infeasible, without a score) leave it as it is. Each point costs one
 * pass over the front so far, as in Optuna's hypervolume history.
 */
export function hypervolumeHistory(points: readonly (Losses | null)[], reference: Losses): readonly number[] {
  let front: readonly Losses[] = [];
  let total = 0;
  return points.map((point) => {
    if (point === null || !covers(point, reference)) return total;
    if (front.some((other) => covers(other, point))) return total;
    const limited = front.map((other) => other.map((loss, at) => Math.max(loss, point[at] ?? loss)));
    total += box(point, reference) - hypervolume(limited, reference);
    front = [...front.filter((other) => !covers(point, other)), point];
    return total;
  });
}

/** In two dimensions: strips between neighbours of the front. */
function area(front: readonly Losses[], reference: Losses): number {
  const sorted = [...front].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
  const [right = 0, top = 0] = reference;
  return sorted.reduce((sum, [x = 0, y = 0], place) => {
    const next = sorted[place + 1]?.[0] ?? right;
    return sum + (next - x) * (top - y);
  }, 0);
}

/** In more dimensions: what each point adds to those after it (the WFG algorithm of While, Bradstreet and Barone). */
function volume(front: readonly Losses[], reference: Losses): number {
  return front.reduce((sum, point, place) => {
    const limited = front
      .slice(place + 1)
      .map((other) => other.map((loss, at) => Math.max(loss, point[at] ?? loss)));
    const smaller = paretoFront(limited).map((kept) => limited[kept] ?? []);
    return sum + box(point, reference) - volume(smaller, reference);
  }, 0);
}

function box(point: Losses, reference: Losses): number {
  return point.reduce((product, loss, at) => product * ((reference[at] ?? loss) - loss), 1);
}

/** What decides between points of a front: accuracy is to be high, latency and energy low. */
export interface Merits {
  readonly accuracy: number;
  readonly latency: number;
  readonly energy: number;
}

type Corner = readonly [number, number, number];

/** All three as numbers that are to be low. */
function corner({ accuracy, latency, energy }: Merits): Corner {
  return [-accuracy, latency, energy];
}

/** The worst value of each number. */
function worst(points: readonly Merits[]): Merits {
  return {
    accuracy: Math.min(...points.map((point) => point.accuracy)),
    latency: Math.max(...points.map((point) => point.latency)),
    energy: Math.max(...points.map((point) => point.energy)),
  };
}

/**
 * The far corner of the box in which points are compared: beyond their worst values by a tenth of the way from the best,
 * so that a point which is the worst in one number counts by its others.
 */
function farCorner(points: readonly Merits[]): Corner {
  const [low, high] = [corner(ideal(points)), corner(worst(points))];
  const beyond = (axis: 0 | 1 | 2): number => high[axis] + (high[axis] - low[axis]) / 10;
  return [beyond(0), beyond(1), beyond(2)];
}

/** The best value of each number; no single point need have them all. */
function ideal(points: readonly Merits[]): Merits {
  return {
    accuracy: Math.max(...points.map((point) => point.accuracy)),
    latency: Math.min(...points.map((point) => point.latency)),
    energy: Math.min(...points.map((point) => point.energy)),
  };
}

/** The volume that points dominate, as a share of the box that `all` of the compared points span; exact. */
export function hypervolume(points: readonly Merits[], all: readonly Merits[]): number {
  const [low, high] = [corner(ideal(all)), farCorner(all)];
  const box = high.reduce((product, value, axis) => product * (value - (low[axis] ?? 0)), 1);
  if (!(box > 0)) return 0;
  // Slices along the third number: between two of its values, the area that the points below both dominate.
  const corners = points.map(corner).sort((a, b) => a[2] - b[2]);
  let volume = 0;
  for (const [place, point] of corners.entries()) {
    const until = corners[place + 1]?.[2] ?? high[2];
    volume += area(corners.slice(0, place + 1), high) * Math.max(0, until - point[2]);
  }
  return volume / box;
}

/** The area that points dominate in their first two numbers. */
function area(points: readonly Corner[], [right, top]: Corner): number {
  let [covered, ceiling] = [0, top];
  for (const [x, y] of [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (y >= ceiling || x >= right) continue;
    covered += (right - x) * (ceiling - y);
    ceiling = y;
  }
  return covered;
}

/** How far a point is from the best value of each number, in units of the distance from the best to the worst. */
function distance(point: Merits, all: readonly Merits[]): number {
  const [low, high] = [corner(ideal(all)), corner(worst(all))];
  return corner(point).reduce((sum, value, axis) => {
    const from = low[axis] ?? 0;
    const span = (high[axis] ?? 0) - from;
    const part = span > 0 ? (value - from) / span : 0;
    return sum + part * part;
  }, 0);
}

/** The points from the knee of a front outwards: those that are nearest to the best values come first. */
export function fromTheKnee<Point extends Merits>(points: readonly Point[]): readonly Point[] {
  return points
    .map((point, place) => ({ point, place, away: distance(point, points) }))
    .sort((a, b) => a.away - b.away || a.place - b.place)
    .map(({ point }) => point);
}

/** The share of values at most x, for each x: the empirical distribution function. Without values it is 0. */
export function empiricalDistribution(values: readonly number[], xs: readonly number[]): readonly number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return xs.map((x) => (sorted.length === 0 ? 0 : countUpTo(sorted, x) / sorted.length));
}

/** Evenly spread numbers from the least to the greatest of some values; empty without values. */
export function evenlySpread(values: readonly number[], count: number): readonly number[] {
  if (values.length === 0) return [];
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const step = (most - least) / (count - 1);
  return Array.from({ length: count }, (_unused, place) =>
    place === count - 1 ? most : least + place * step,
  );
}

/** Ranks from 0, the smallest value first; equal values share the mean of the ranks that they take up. */
export function averageRanks(values: readonly number[]): readonly number[] {
  const order = values.map((value, place) => ({ value, place })).sort((a, b) => a.value - b.value);
  const ranks = values.map(() => 0);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && order[to]?.value === order[from]?.value) to += 1;
    for (const { place } of order.slice(from, to)) ranks[place] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}

function countUpTo(sorted: readonly number[], x: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Infinity) <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Spearman's rank correlation of pairs: Pearson's correlation of their ranks, where equal values share the mean of the
 * ranks that they take up. From −1 to 1; null for fewer than two pairs, or where all values of one side are equal.
 */
export function rankCorrelation(pairs: readonly (readonly [number, number])[]): number | null {
  const left = ranksOf(pairs.map(([value]) => value));
  const right = ranksOf(pairs.map(([, value]) => value));
  const middle = (pairs.length + 1) / 2;
  let both = 0;
  let ofLeft = 0;
  let ofRight = 0;
  for (const [place, rank] of left.entries()) {
    const x = rank - middle;
    const y = (right[place] ?? middle) - middle;
    both += x * y;
    ofLeft += x * x;
    ofRight += y * y;
  }
  return ofLeft === 0 || ofRight === 0 ? null : both / Math.sqrt(ofLeft * ofRight);
}

/** Ranks from 1, the smallest value first. */
function ranksOf(values: readonly number[]): readonly number[] {
  const order = values.map((value, place) => ({ value, place })).sort((a, b) => a.value - b.value);
  const ranks = values.map(() => 0);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (order[to]?.value === order[from]?.value && to < order.length) to += 1;
    for (const { place } of order.slice(from, to)) ranks[place] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

/**
 * Kendall's τ-b of pairs: agreeing less disagreeing pairs of pairs, over the geometric mean of the numbers of those that
 * differ on either side. From −1 to 1; null where all values of one side are equal.
 */
export function kendallCorrelation(pairs: readonly (readonly [number, number])[]): number | null {
  let agreement = 0;
  let differLeft = 0;
  let differRight = 0;
  for (const [place, [left, right]] of pairs.entries()) {
    for (const [otherLeft, otherRight] of pairs.slice(0, place)) {
      const [x, y] = [Math.sign(left - otherLeft), Math.sign(right - otherRight)];
      agreement += x * y;
      differLeft += Math.abs(x);
      differRight += Math.abs(y);
    }
  }
  return differLeft === 0 || differRight === 0 ? null : agreement / Math.sqrt(differLeft * differRight);
}

/** The probability that a standard normal number lies between two bounds, exact to some 1e-14 also far from 0. */
export function normalMass(from: number, to: number): number {
  if (from > 0) return upperTail(from) - upperTail(to);
  if (to < 0) return upperTail(-to) - upperTail(-from);
  return 1 - upperTail(-from) - upperTail(to);
}

/** P(X > x) for x ≥ 0. */
function upperTail(x: number): number {
  const z = x / Math.SQRT2;
  return z < 3 ? 0.5 - 0.5 * series(z) : 0.5 * continuedFraction(z);
}

/** The error function by its series (Abramowitz and Stegun 7.1.6), whose terms are all positive. */
function series(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 1; term > sum * 1e-17; n += 1) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
}

/** The complementary error function by its continued fraction (Abramowitz and Stegun 7.1.14), for z ≥ 3. */
function continuedFraction(z: number): number {
  let fraction = z;
  for (let n = 60; n > 0; n -= 1) fraction = z + n / 2 / fraction;
  return Math.exp(-z * z) / (Math.sqrt(Math.PI) * fraction);
}

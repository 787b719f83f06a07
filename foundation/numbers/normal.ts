import { dexp, dlog } from './elementary.js';

/**
 * The standard normal distribution, with the same bits on every engine: rational approximations over `dexp` and `dlog`.
 * Relative errors are below 1e-14 where a result is a normal number.
 */

/** √(2π). */
const rootOfTwoPi = 2.5066282746310002;
/** ln √(2π). */
const logRootOfTwoPi = 0.9189385332046727;
const inverseRootOfTwo = 0.7071067811865476;
const inverseRootOfPi = 0.5641895835477563;

/** Σ coefficients[i] · x^(n − 1 − i). */
function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

// Cody, "Rational Chebyshev approximation for the error function", Mathematics of Computation 23 (1969): erf below
// 0.46875, erfc up to 4, erfc above.
const innerTop = [
  1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2,
  3.20937758913846947e3,
];
const innerBottom = [
  1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3,
];
const middleTop = [
  2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
  2.98635138197400131e2, 8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3,
  1.23033935479799725e3,
];
const middleBottom = [
  1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
  3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
];
const outerTop = [
  1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
  1.60837851487422766e-2, 6.58749161529837803e-4,
];
const outerBottom = [
  1, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2,
  2.33520497626869185e-3,
];

/** exp(y²) · erfc(y) for y > 0.46875. */
function scaledComplement(y: number): number {
  if (y <= 4) return polynomial(middleTop, y) / polynomial(middleBottom, y);
  const z = 1 / (y * y);
  return (inverseRootOfPi - (z * polynomial(outerTop, z)) / polynomial(outerBottom, z)) / y;
}

/** exp(−x²/2) for x ≥ 0; the square is split, because an exponent's rounding error grows with its size. */
function gaussian(x: number): number {
  const head = Math.floor(x * 16) / 16;
  return dexp(-0.5 * head * head) * dexp(-0.5 * (x - head) * (x + head));
}

/** Density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return gaussian(Math.abs(x)) / rootOfTwoPi;
}

/** Φ(x): the probability that a standard normal number is at most x. */
export function normalCdf(x: number): number {
  if (x !== x) return NaN;
  const y = Math.abs(x) * inverseRootOfTwo;
  if (y <= 0.46875) {
    const z = y * y;
    const half = (0.5 * y * polynomial(innerTop, z)) / polynomial(innerBottom, z);
    return x < 0 ? 0.5 - half : 0.5 + half;
  }
  if (y > 27.4) return x < 0 ? 0 : 1;
  const tail = 0.5 * gaussian(Math.abs(x)) * scaledComplement(y);
  return x < 0 ? tail : 1 - tail;
}

/** ln Φ(x), also where Φ(x) itself would be 0. */
export function logNormalCdf(x: number): number {
  if (x > 4) {
    // ln(1 − t) by its series: 1 − t has lost most digits of t.
    const t = normalCdf(-x);
    return -t * (1 + t * (1 / 2 + t * (1 / 3 + t / 4)));
  }
  if (x >= -1) return dlog(normalCdf(x));
  const y = -x * inverseRootOfTwo;
  return dlog(0.5 * scaledComplement(y)) - 0.5 * x * x;
}

/** ln φ(x): the logarithm of the density. */
export function logNormalDensity(x: number): number {
  return -0.5 * x * x - logRootOfTwoPi;
}

// Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988).
const centreTop = [
  2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
  1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.387132872796366608,
];
const centreBottom = [
  5.226495278852854561e3, 2.8729085735721942674e4, 3.930789580009271061e4, 2.1213794301586595867e4,
  5.3941960214247511077e3, 6.871870074920579083e2, 4.2313330701600911252e1, 1,
];
const tailTop = [
  7.7454501427834140764e-4, 2.27238449892691845833e-2, 2.4178072517745061177e-1, 1.27045825245236838258,
  3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
];
const tailBottom = [
  1.05075007164441684324e-9, 5.475938084995344946e-4, 1.51986665636164571966e-2, 1.4810397642748007459e-1,
  6.8976733498510000455e-1, 1.6763848301838038494, 2.05319162663775882187, 1,
];
const farTop = [
  2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.2426609473880784386e-3, 2.6532189526576123093e-2,
  2.9656057182850489123e-1, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
];
const farBottom = [
  2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
  1.48753612908506148525e-2, 1.3692988092273580531e-1, 5.9983220655588793769e-1, 1,
];

/** Φ⁻¹(p): the number that a standard normal one is below with probability p; −∞ at 0, ∞ at 1, NaN outside. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN;
  if (p === 0) return -Infinity;
  if (p === 1) return Infinity;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(centreTop, r)) / polynomial(centreBottom, r);
  }
  const root = Math.sqrt(-dlog(q < 0 ? p : 1 - p));
  const size =
    root <= 5
      ? polynomial(tailTop, root - 1.6) / polynomial(tailBottom, root - 1.6)
      : polynomial(farTop, root - 5) / polynomial(farBottom, root - 5);
  return q < 0 ? -size : size;
}

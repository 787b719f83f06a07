import { dlog } from '../../foundation/numbers/index.js';

/**
 * The number below which a standard normal variable lies with probability p, 0 < p < 1, to a relative error of
 * 1.2 · 10⁻⁹: P. J. Acklam's rational approximations (2003), the same bits on every machine.
 */
export function normalQuantile(p: number): number {
  if (p < tail) return lowerTail(p);
  if (p > 1 - tail) return -lowerTail(1 - p);
  const q = p - 0.5;
  const r = q * q;
  return (polynomial(numerator, r) * q) / (polynomial(denominator, r) * r + 1);
}

const tail = 0.02425;

function lowerTail(p: number): number {
  const q = Math.sqrt(-2 * dlog(p));
  return polynomial(tailNumerator, q) / (polynomial(tailDenominator, q) * q + 1);
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

const numerator = [
  ...[-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2],
  ...[1.38357751867269e2, -3.066479806614716e1, 2.506628277459239],
];
const denominator = [
  ...[-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2],
  ...[6.680131188771972e1, -1.328068155288572e1],
];
const tailNumerator = [
  ...[-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838],
  ...[-2.549732539343734, 4.374664141464968, 2.938163982698783],
];
const tailDenominator = [
  ...[7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416],
];

import {
  dexp,
  dlog,
  logNormalCdf,
  logNormalDensity,
  normalCdf,
  normalDensity,
} from '../../foundation/numbers/index.js';

/** Below it ln(vΦ(v) + φ(v)) follows its expansion, because the sum cancels. */
const tailFrom = -30;

/** ln(vΦ(v) + φ(v)): the logarithm of the expected improvement in units of the deviation (Ament et al., 2310.20708). */
export function logImprovement(v: number): number {
  if (v >= tailFrom) return dlog(v * normalCdf(v) + normalDensity(v));
  const inverse = 1 / (v * v);
  return logNormalDensity(v) + dlog(inverse) + dlog(1 - inverse * (3 - inverse * (15 - 105 * inverse)));
}

/** Its slope, Φ(v)/(vΦ(v) + φ(v)). */
export function logImprovementSlope(v: number): number {
  return dexp(logNormalCdf(v) - logImprovement(v));
}

/** The slope of ln Φ, φ(v)/Φ(v). */
export function logCdfSlope(v: number): number {
  return dexp(logNormalDensity(v) - logNormalCdf(v));
}

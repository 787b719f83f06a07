import { normalCdf, normalDensity } from '../../foundation/numbers/index.js';

/** Beyond it Φ is 0 or 1 for every purpose here. */
const reach = 8.5;
const perUnit = 32;

let tables: { readonly cdf: Float64Array; readonly slope: Float64Array } | undefined;

function tablesOfCdf(): { readonly cdf: Float64Array; readonly slope: Float64Array } {
  if (tables !== undefined) return tables;
  const size = 2 * reach * perUnit + 1;
  const xAt = (place: number): number => place / perUnit - reach;
  tables = {
    cdf: Float64Array.from({ length: size }, (_, place) => normalCdf(xAt(place))),
    slope: Float64Array.from({ length: size }, (_, place) => normalDensity(xAt(place)) / perUnit),
  };
  return tables;
}

/** Φ(x) to about 2e-9, by cubic interpolation: ten times as fast as `normalCdf`, for sums over many kernels. */
export function quickNormalCdf(x: number): number {
  if (x <= -reach) return 0;
  if (x >= reach) return 1;
  const { cdf, slope } = tablesOfCdf();
  const position = (x + reach) * perUnit;
  const place = Math.floor(position);
  const t = position - place;
  const from = cdf[place] ?? 0;
  const to = cdf[place + 1] ?? 1;
  const rise = to - from;
  const start = slope[place] ?? 0;
  const end = slope[place + 1] ?? 0;
  return from + t * (start + t * (3 * rise - 2 * start - end + t * (start + end - 2 * rise)));
}

/** The probability of [low, high] under a normal law, at least 0. */
export function normalMass(mean: number, deviation: number, low: number, high: number): number {
  return Math.max(0, quickNormalCdf((high - mean) / deviation) - quickNormalCdf((low - mean) / deviation));
}

/** A mean with its standard error over seeds. */
export interface Estimate {
  readonly mean: number;
  readonly standardError: number;
}

export function estimate(values: readonly number[]): Estimate {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const standardError = values.length < 2 ? NaN : Math.sqrt(squares / (values.length - 1) / values.length);
  return { mean, standardError };
}

/** a − b: over pairs of the same seed, or, where one has more seeds, of two independent means. */
export function difference(a: readonly number[], b: readonly number[]): Estimate {
  if (a.length === b.length) return estimate(a.map((value, seed) => value - (b[seed] ?? NaN)));
  const left = estimate(a);
  const right = estimate(b);
  return {
    mean: left.mean - right.mean,
    standardError: Math.sqrt(left.standardError ** 2 + right.standardError ** 2),
  };
}

/** Figures for a JSON line: three digits and the standard error. */
export function figure({ mean, standardError }: Estimate): readonly [mean: number, standardError: number] {
  return [rounded(mean), rounded(standardError)];
}

export function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
  const high = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  return (low + high) / 2;
}

/** Limits by metric. */
export type MetricLimits = Readonly<Record<string, { readonly atMost?: number; readonly atLeast?: number }>>;

/** The first metric that is beyond its limit, in words; null when none is. */
export function beyondLimit(limits: MetricLimits, metrics: Readonly<Record<string, number>>): string | null {
  for (const [name, { atMost = Infinity, atLeast = -Infinity }] of Object.entries(limits)) {
    const value = metrics[name];
    if (value === undefined) continue;
    if (value > atMost) return `${name} ${value} is above the limit of ${atMost}`;
    if (value < atLeast) return `${name} ${value} is below the limit of ${atLeast}`;
  }
  return null;
}

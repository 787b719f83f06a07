/** A length of time: milliseconds, or text such as `500ms`, `30s`, `10m`, `12h`, `7d`. */
export type Duration = number | string;

const millisecondsPerUnit: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of a duration, rounded; null when the value is not a duration above zero. */
export function durationMilliseconds(duration: unknown): number | null {
  const milliseconds = typeof duration === 'string' ? parse(duration) : duration;
  if (typeof milliseconds !== 'number' || !Number.isFinite(milliseconds)) return null;
  const rounded = Math.round(milliseconds);
  return rounded >= 1 && Number.isSafeInteger(rounded) ? rounded : null;
}

function parse(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)$/.exec(text.trim());
  const unit = millisecondsPerUnit[match?.[2] ?? ''];
  return match === null || unit === undefined ? null : Number(match[1]) * unit;
}

import type { Json } from '../foundation/json/index.js';

/** Parameters as one short line, such as `rate=0.001, units=64`; numbers with four significant digits. */
export function shortParameters(value: Json, length: number): string {
  const text = short(value);
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function short(value: Json): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(4)));
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(short).join(' ')}]`;
  return Object.entries(value)
    .map(([key, member]) => `${key}=${short(member)}`)
    .join(', ');
}

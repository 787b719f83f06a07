import { isPlainObject } from '../../foundation/json/index.js';
import type { Genome, View } from '../../search-spaces/views/index.js';
import { validate } from '../../search-spaces/genomes/index.js';
import { AlgorithmError } from './algorithm-error.js';
import type { StateValue } from './state-value.js';

/** Readers of the parts of a state; each throws `AlgorithmError` that names the place of what is wrong. */

/** The fields of an object that has exactly these keys. */
export function readFields<K extends string>(
  value: StateValue | undefined,
  place: string,
  keys: readonly K[],
): Readonly<Partial<Record<K, StateValue>>> {
  const wrong = `${place} must be an object with the fields ${keys.join(', ')}`;
  if (!isStateObject(value)) throw new AlgorithmError(wrong);
  const fields: Partial<Record<K, StateValue>> = {};
  for (const key of keys) {
    const field = Object.hasOwn(value, key) ? value[key] : undefined;
    if (field === undefined) throw new AlgorithmError(wrong);
    fields[key] = field;
  }
  if (Object.keys(value).length !== keys.length) throw new AlgorithmError(wrong);
  return fields;
}

/** A list of at most `longest` items. */
export function readList<T>(
  value: StateValue | undefined,
  place: string,
  longest: number,
  readItem: (item: StateValue, place: string) => T,
): readonly T[] {
  if (!isStateList(value)) throw new AlgorithmError(`${place} must be a list`);
  if (value.length > longest) {
    throw new AlgorithmError(`${place} has ${value.length} items, at most ${longest} are possible`);
  }
  return value.map((item, index) => readItem(item, `${place}[${index}]`));
}

/** A non-negative integer. */
export function readInteger(value: StateValue | undefined, place: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new AlgorithmError(`${place} must be a non-negative integer`);
}

/** A finite number, or null. */
export function readScore(value: StateValue | undefined, place: string): number | null {
  if (value === null || isFiniteNumber(value)) return value;
  throw new AlgorithmError(`${place} must be a finite number or null`);
}

/** A finite number. */
export function readNumber(value: StateValue | undefined, place: string): number {
  if (isFiniteNumber(value)) return value;
  throw new AlgorithmError(`${place} must be a finite number`);
}

/** Most characters of the name of a bulk in the artifact store. */
export const longestBulkName = 128;

/** The name of the bulk that an update wrote; null before the first one that writes any. */
export function readBulkName(value: StateValue): string | null {
  if (value === null || (typeof value === 'string' && value.length <= longestBulkName)) return value;
  throw new AlgorithmError(`the name of the bulk must be null or at most ${longestBulkName} characters`);
}

/** A genome of the view. */
export function readGenome(view: View, value: StateValue | undefined, place: string): Genome {
  const result = validate(view, value);
  if (result.ok) return result.value;
  throw new AlgorithmError(`${place} is no genome of this space: ${result.error.detail}`);
}

export function isFiniteNumber(value: StateValue | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isStateList(value: StateValue | undefined): value is readonly StateValue[] {
  return Array.isArray(value);
}

function isStateObject(value: StateValue | undefined): value is { readonly [key: string]: StateValue } {
  return isPlainObject(value);
}

import { cutText, isIntegerFrom, isPlainObject, ownField } from '../../foundation/json/index.js';
import { GraphError } from './graph-error.js';

/** Refuse larger sizes: no network has them, and products of a few stay exact in a double. */
const sizeLimit = 1_000_000;

const textLimit = 60;

/** Reads the fields of an object that came as JSON, fills in defaults and refuses fields that nothing has read. */
export class FieldReader {
  private readonly fields: Readonly<Record<string, unknown>>;
  private readonly read = new Set<string>();

  constructor(
    value: unknown,
    /** Where the object stands, for messages. */
    private readonly place: string,
    /** The word for its fields in messages. */
    private readonly kind: 'attribute' | 'parameter' | 'field',
  ) {
    if (!isPlainObject(value)) {
      throw new GraphError(place, `expected an object with its ${kind}s instead of ${show(value)}.`);
    }
    this.fields = value;
  }

  /** Names of all fields that are there. */
  names(): readonly string[] {
    return Object.keys(this.fields);
  }

  /** A reader at the same place, of other fields. */
  instead(fields: object): FieldReader {
    return new FieldReader(fields, this.place, this.kind);
  }

  /** The raw value of a field; undefined when it is absent. */
  value(name: string): unknown {
    this.read.add(name);
    return ownField(this.fields, name);
  }

  text(name: string, fallback?: string): string {
    const value = this.valueOr(name, fallback);
    return typeof value === 'string' ? value : this.refuse(name, 'must be a string', value);
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.valueOr(name, fallback);
    return typeof value === 'boolean' ? value : this.refuse(name, 'must be true or false', value);
  }

  /** An integer from `minimum` to a million. */
  count(name: string, fallback?: number, minimum = 1): number {
    const value = this.valueOr(name, fallback);
    return isCount(value, minimum)
      ? value
      : this.refuse(name, `must be an integer from ${minimum} to ${sizeLimit}`, value);
  }

  /** A list of integers of at least 1 with `from` to `to` elements. */
  counts(name: string, from: number, to: number, fallback?: readonly number[]): readonly number[] {
    const value = this.valueOr(name, fallback);
    const fits = Array.isArray(value) && value.length >= from && value.length <= to;
    if (fits && value.every((item): item is number => isCount(item, 1))) return [...value];
    const many = from === to ? String(from) : `${from} to ${to}`;
    return this.refuse(name, `must be a list of ${many} integers from 1 to ${sizeLimit}`, value);
  }

  /** Height and width; one integer stands for both. */
  extent(name: string, fallback?: number): readonly [number, number] {
    const value = this.valueOr(name, fallback);
    if (isCount(value, 1)) return [value, value];
    if (Array.isArray(value) && value.length === 2) {
      const [height, width] = value as readonly unknown[];
      if (isCount(height, 1) && isCount(width, 1)) return [height, width];
    }
    return this.refuse(name, 'must be an integer of at least 1, or two of them for height and width', value);
  }

  /** A probability of less than 1. */
  rate(name: string, fallback?: number): number {
    const value = this.valueOr(name, fallback);
    return typeof value === 'number' && value >= 0 && value < 1
      ? value
      : this.refuse(name, 'must be a number of at least 0 and less than 1', value);
  }

  /** A finite number greater than 0. */
  positive(name: string, fallback?: number): number {
    const value = this.valueOr(name, fallback);
    return typeof value === 'number' && value > 0 && Number.isFinite(value)
      ? value
      : this.refuse(name, 'must be a number greater than 0', value);
  }

  choice<const C extends string>(name: string, choices: readonly C[], fallback?: C): C {
    const value = this.valueOr(name, fallback);
    const found = choices.find((choice) => choice === value);
    return found ?? this.refuse(name, `must be one of ${choices.map(show).join(', ')}`, value);
  }

  refuse(name: string, requirement: string, value: unknown): never {
    if (value === undefined) {
      throw new GraphError(this.place, `the ${this.kind} "${name}" is missing: it ${requirement}.`);
    }
    throw new GraphError(this.place, `the ${this.kind} "${name}" ${requirement}, not ${show(value)}.`);
  }

  /** Refuses fields that the caller has not read: most likely a name is misspelt. */
  finish(): void {
    const unknown = Object.keys(this.fields).find((name) => !this.read.has(name));
    if (unknown === undefined) return;
    const known =
      this.read.size === 0 ? `it takes no ${this.kind}s` : `known are ${[...this.read].join(', ')}`;
    throw new GraphError(this.place, `unknown ${this.kind} ${show(unknown)}; ${known}.`);
  }

  private valueOr(name: string, fallback: unknown): unknown {
    return this.value(name) ?? fallback;
  }
}

/** A value in messages, cut to a readable length. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return cutText(text, textLimit);
}

function isCount(value: unknown, minimum: number): value is number {
  return isIntegerFrom(value, minimum, sizeLimit);
}

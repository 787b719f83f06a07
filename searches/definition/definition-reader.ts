import {
  isPlainJson,
  isPlainObject,
  type Json,
  showValue,
  type ShowWords,
  unknownField,
} from '../../foundation/json/index.js';
import { DefinitionError } from './definition-error.js';

/** A value of unknown shape together with its place, read step by step; every misfit is a `DefinitionError`. */
export class DefinitionReader {
  constructor(
    readonly value: unknown,
    readonly place: string,
  ) {}

  /** Throws the error of this place. */
  refuse(sentence: string): never {
    throw new DefinitionError(this.place, sentence);
  }

  /** The member of an object. */
  at(key: string): DefinitionReader {
    const members = this.members();
    const value = Object.hasOwn(members, key) ? members[key] : undefined;
    return new DefinitionReader(value, this.place === '' ? key : `${this.place}.${key}`);
  }

  /** The member when it is there. */
  optional<T>(key: string, read: (member: DefinitionReader) => T): T | undefined {
    const member = this.at(key);
    return member.value === undefined ? undefined : read(member);
  }

  /** Plain object; with `keys`, one that has no others. */
  members(keys?: readonly string[]): { readonly [key: string]: unknown } {
    if (!isPlainObject(this.value)) this.refuse(`must be an object, not ${shown(this.value)}.`);
    if (keys !== undefined) {
      const unknown = unknownField(this.value, keys);
      if (unknown !== undefined)
        this.refuse(`has no field "${unknown}" (the fields are ${keys.join(', ')}).`);
    }
    return this.value;
  }

  /** One reader for each element of an array. */
  elements(): readonly DefinitionReader[] {
    if (!Array.isArray(this.value)) this.refuse(`must be an array, not ${shown(this.value)}.`);
    return this.value.map(
      (element: unknown, index) => new DefinitionReader(element, `${this.place}[${index}]`),
    );
  }

  text(): string {
    if (typeof this.value !== 'string') this.refuse(`must be a string, not ${shown(this.value)}.`);
    return this.value;
  }

  nonEmptyText(): string {
    const text = this.text();
    if (text.trim() === '') this.refuse('must not be empty.');
    return text;
  }

  /** A name that can be part of workflow ids, file names and paths. */
  safeName(): string {
    const text = this.text();
    if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/.test(text)) {
      this.refuse(`"${text}" must be 1 to 100 letters, digits and . _ - and not start with a dot.`);
    }
    return text;
  }

  boolean(): boolean {
    if (typeof this.value !== 'boolean') this.refuse(`must be true or false, not ${shown(this.value)}.`);
    return this.value;
  }

  finiteNumber(): number {
    if (typeof this.value !== 'number' || !Number.isFinite(this.value)) {
      this.refuse(`must be a finite number, not ${shown(this.value)}.`);
    }
    return this.value;
  }

  positiveNumber(): number {
    const number = this.finiteNumber();
    if (number <= 0) this.refuse(`must be above 0, not ${number}.`);
    return number;
  }

  wholeNumber(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER): number {
    const { value } = this;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < minimum || value > maximum) {
      const range =
        maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
      this.refuse(`must be a whole number ${range}, not ${shown(value)}.`);
    }
    return value;
  }

  oneOf<const T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.value);
    if (found === undefined) this.refuse(`must be one of ${choices.join(', ')}, not ${shown(this.value)}.`);
    return found;
  }

  json(): Json {
    if (!isPlainJson(this.value))
      this.refuse('must be plain JSON (no functions, undefined, dates or infinite numbers).');
    return this.value;
  }
}

/** A short form of any value for messages. */
export function shown(value: unknown): string {
  return showValue(value, words);
}

const words: ShowWords = {
  text: (text) => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text),
  array: () => 'an array',
  missing: 'undefined (it is missing)',
};

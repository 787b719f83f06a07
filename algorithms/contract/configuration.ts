import { isIntegerFrom, isPlainObject, ownField, unknownField } from '../../foundation/json/index.js';
import { AlgorithmError } from './algorithm-error.js';
import type { AlgorithmReference } from './algorithm-reference.js';
import type { StateValue } from './state-value.js';

/**
 * The configuration of a reference from a builder's options that hold other references or operations: the way through
 * JSON drops what is undefined and refuses code.
 */
export function plainConfig(name: string, options: object): AlgorithmReference['config'] {
  const config: unknown = JSON.parse(JSON.stringify(options));
  if (!isPlainObject(config)) throw new AlgorithmError(`the options of ${name} must be an object`);
  return config as AlgorithmReference['config'];
}

/** The fields of an algorithm's configuration as read from JSON, each asked for with its type and range. */
export class Configuration {
  private readonly algorithmName: string;
  private readonly fields: { readonly [key: string]: unknown };

  /** Throws `AlgorithmError` unless `config` is an object with no other fields than `known`. */
  constructor(algorithm: string, config: unknown, known: readonly string[]) {
    this.algorithmName = algorithm;
    if (!isPlainObject(config))
      throw new AlgorithmError(`the configuration of ${algorithm} must be an object`);
    const unknown = unknownField(config, known);
    if (unknown !== undefined) {
      const fields = known.length === 0 ? 'it has no fields' : `its fields are ${known.join(', ')}`;
      throw new AlgorithmError(`${algorithm} has no field '${unknown}': ${fields}`);
    }
    this.fields = config;
  }

  /** The value of a field, undefined when absent. */
  value(field: string): unknown {
    return ownField(this.fields, field);
  }

  /** An integer in `minimum` … `maximum`; `fallback` when absent, an error when there is none. */
  integer(field: string, minimum: number, maximum: number, fallback?: number): number {
    const value = this.value(field) ?? fallback;
    if (isIntegerFrom(value, minimum, maximum)) return value;
    return this.refuse(field, `an integer from ${minimum} to ${maximum}`);
  }

  /** A finite number in `minimum` … `maximum`; `fallback` when absent. */
  number(field: string, minimum: number, maximum: number, fallback: number): number {
    const value = this.value(field) ?? fallback;
    if (typeof value === 'number' && value >= minimum && value <= maximum) return value + 0;
    return this.refuse(field, `a number from ${minimum} to ${maximum}`);
  }

  /** An algorithm inside this one, as its builder makes it. */
  algorithm(field: string): AlgorithmReference {
    const must = 'an algorithm such as random()';
    const value = this.value(field);
    if (!isPlainObject(value)) return this.refuse(field, must);
    const { name, version, config } = value;
    if (typeof name !== 'string' || typeof version !== 'number' || !isPlainObject(config)) {
      return this.refuse(field, must);
    }
    // The inner algorithm's own check reads the configuration.
    return { name, version, config: config as { readonly [key: string]: StateValue } };
  }

  /** Throws the `AlgorithmError` that says what a field must be and what it is. */
  refuse(field: string, must: string): never {
    const value = this.value(field);
    const found = value === undefined ? 'it is missing' : `it is ${describe(value)}`;
    throw new AlgorithmError(`'${field}' of ${this.algorithmName} must be ${must}, ${found}`);
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`;
}

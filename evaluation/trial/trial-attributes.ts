import { isPlainJson, type Json } from '../../foundation/json/index.js';

/** Bytes that all attributes of one trial may take as JSON text. */
export const attributesLimit = 64_000;

/** JSON values that a trial keeps with its record. */
export class TrialAttributes {
  private readonly values = new Map<string, Json>();
  private readonly sizes = new Map<string, number>();
  private size = 0;

  constructor(initial: Readonly<Record<string, Json>> = {}) {
    for (const [key, value] of Object.entries(initial)) this.set(key, value);
  }

  /** Sets or replaces one; throws `TypeError` for a value that is no JSON, `RangeError` beyond the limit. */
  set(key: string, value: Json): void {
    if (typeof key !== 'string' || key === '') throw new TypeError('An attribute needs a name.');
    if (!isPlainJson(value))
      throw new TypeError(`Attribute "${key}" is not plain JSON (no NaN, no undefined, no class).`);
    const size = Buffer.byteLength(JSON.stringify(value)) + Buffer.byteLength(key);
    const total = this.size - (this.sizes.get(key) ?? 0) + size;
    if (total > attributesLimit) {
      throw new RangeError(
        `Attribute "${key}" is too large: the attributes of a trial may take ${attributesLimit} bytes in all.`,
      );
    }
    this.size = total;
    this.sizes.set(key, size);
    this.values.set(key, value);
  }

  /** All of them as one object. */
  all(): Readonly<Record<string, Json>> {
    return Object.fromEntries(this.values);
  }
}

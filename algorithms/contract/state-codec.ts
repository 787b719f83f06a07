import { decode, encode } from '@msgpack/msgpack';
import { errorText } from '../../foundation/errors/index.js';
import { isPlainObject, isWellFormedText } from '../../foundation/json/index.js';
import { AlgorithmError } from './algorithm-error.js';
import type { StateValue } from './state-value.js';

/** Deepest nesting of a state value; MessagePack's own limit is 100. */
const maximumDepth = 96;

/**
 * Encodes a state value as MessagePack. `decodeState` gives an equal value back: key order, integers, doubles and
 * bytes are kept exactly. Throws `AlgorithmError` naming the place of anything that would not survive: NaN, ±∞, −0,
 * undefined, a lone surrogate, a class instance, the key `__proto__`.
 */
export function encodeState(value: StateValue): Uint8Array {
  check(value, 'state', 0);
  return Uint8Array.from(encode(value));
}

/** Decodes what `encodeState` gave; throws `AlgorithmError` when the bytes are anything else. */
export function decodeState(bytes: Uint8Array): StateValue {
  let decoded: unknown;
  try {
    // The copy makes the bytes ours: they may come from outside the workflow sandbox.
    decoded = decode(Uint8Array.from(bytes));
  } catch (error) {
    const reason = errorText(error);
    throw new AlgorithmError(`the ${bytes.length} bytes of a state cannot be read: ${reason}`);
  }
  const value = withOwnBytes(decoded);
  check(value, 'state', 0);
  return value;
}

/** Whether a value is a `Uint8Array`, also one made in another realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
}

function check(value: unknown, place: string, depth: number): void {
  if (value === null || typeof value === 'boolean') return;
  if (depth > maximumDepth) throw new AlgorithmError(`${place} is nested deeper than ${maximumDepth}`);
  if (typeof value === 'number') {
    if (!isHoldable(value)) {
      throw new AlgorithmError(
        `${place} is ${Object.is(value, -0) ? '-0' : value}, which a state cannot hold`,
      );
    }
    return;
  }
  if (typeof value === 'string') {
    if (!isWellFormedText(value)) throw new AlgorithmError(`${place} is a string with a lone surrogate`);
    return;
  }
  if (isBytes(value)) return;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const item: unknown = value[index];
      // Long lists of numbers are common: name the place only of what needs a look.
      if (typeof item !== 'number' || !isHoldable(item)) check(item, `${place}[${index}]`, depth + 1);
    }
    return;
  }
  if (isPlainObject(value)) {
    for (const key of Object.keys(value)) {
      if (key === '__proto__') throw new AlgorithmError(`${place} has the key __proto__`);
      check(key, `a key of ${place}`, depth + 1);
      check(value[key], `${place}.${key}`, depth + 1);
    }
    return;
  }
  throw new AlgorithmError(`${place} is of type ${typeof value}, which a state cannot hold`);
}

function isHoldable(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

/** Replaces views into the decoded buffer by copies, so that a state does not keep the whole buffer alive. */
function withOwnBytes(value: unknown): StateValue {
  if (
    value === null ||
    typeof value === 'boolean' ||
    typeof value === 'number' ||
    typeof value === 'string'
  ) {
    return value;
  }
  if (isBytes(value)) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(withOwnBytes);
  if (isPlainObject(value)) {
    const own: Record<string, StateValue> = {};
    for (const key of Object.keys(value)) own[key] = withOwnBytes(value[key]);
    return own;
  }
  throw new AlgorithmError('the bytes of a state hold an extension type, which a state cannot hold');
}

import { encodeState, type StateValue } from '../algorithms/index.js';

/** An algorithm does not do what the contract says. */
export class ContractViolation extends Error {
  override readonly name = 'ContractViolation';
}

/** Throws a `ContractViolation` with this sentence unless the condition holds. */
export function demand(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new ContractViolation(sentence);
}

/** Whether two plain values are the same bits. */
export function sameBits(a: StateValue, b: StateValue): boolean {
  const [left, right] = [encodeState(a), encodeState(b)];
  return left.length === right.length && left.every((byte, place) => byte === right[place]);
}

/** Freezes everything that can be frozen; bytes cannot, they are compared instead. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value))
    return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) if (typeof inner === 'object') deepFreeze<unknown>(inner);
  return value;
}

import { AlgorithmError } from './algorithm-error.js';

/** The numbers as little-endian doubles, eight bytes each, on every machine. */
export function bytesOfNumbers(numbers: Float64Array): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 8);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < numbers.length; index += 1)
    view.setFloat64(index * 8, numbers[index] ?? 0, true);
  return bytes;
}

/** The doubles that `bytesOfNumbers` wrote; throws `AlgorithmError` unless there are exactly `count` finite ones. */
export function numbersOfBytes(bytes: Uint8Array, count: number, what: string): Float64Array {
  if (bytes.length !== count * 8) {
    throw new AlgorithmError(
      `${what} should be ${count} numbers in ${count * 8} bytes, found ${bytes.length} bytes`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = new Float64Array(count);
  for (let index = 0; index < count; index += 1) {
    const value = view.getFloat64(index * 8, true);
    if (!Number.isFinite(value)) throw new AlgorithmError(`${what} holds ${value} at place ${index}`);
    numbers[index] = value;
  }
  return numbers;
}

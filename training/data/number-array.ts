import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { errorText } from '../../foundation/errors/index.js';
import { TrainingError } from '../training-error.js';

/** How numbers lie in a file. */
export interface NumberType {
  readonly kind: 'unsigned' | 'signed' | 'float';
  readonly bytes: 1 | 2 | 4 | 8;
  readonly littleEndian: boolean;
}

/** An array in a file of which some items (along the first axis) can be read at a time. */
export interface NumberArray {
  /** What messages call it. */
  readonly title: string;
  readonly sizes: readonly number[];
  readonly type: NumberType;
  /** Tells arrays of other content apart: SHA-256 of the file, in hexadecimal, and where it lies in there. */
  readonly hash: string;
  /** The bytes of `count` items from `start` on, as they are stored. */
  read(start: number, count: number): Uint8Array;
}

/** Throws an error about a file, with the reason as the rest of its sentence. */
export type Refuse = (why: string, cause?: unknown) => never;

/** Throws `TrainingError` of class `BadInput` about a file or an array in it. */
export function refusalOf(title: string): Refuse {
  return (why, cause) => {
    throw new TrainingError('BadInput', `The data file ${title} ${why}.`, { cause });
  };
}

/** Throws `TrainingError` (`OutOfMemory`) when a file that has to be in memory as a whole exceeds the limit. */
export function refuseLarge(title: string, bytes: number, limit: number, advice: string): void {
  if (bytes <= limit) return;
  throw new TrainingError(
    'OutOfMemory',
    `The data file ${title} has to be in memory as a whole, but its ${bytes} bytes are more than the ${limit} that it may take: ${advice}.`,
  );
}

/** `length` bytes of a file from `offset` on; throws `TrainingError` (`BadInput`) when the file ends before. */
export function readBytes(file: string, offset: number, length: number): Uint8Array {
  const refuse = refusalOf(file);
  const bytes = new Uint8Array(length);
  let done = 0;
  withFile(file, (descriptor) => {
    while (done < length) {
      // One call reads less than 2 GiB.
      const read = readSync(descriptor, bytes, done, Math.min(length - done, 1 << 30), offset + done);
      if (read === 0) return refuse(`is truncated: it has ${offset + done} bytes of ${offset + length}`);
      done += read;
    }
  });
  return bytes;
}

/** Size of a file in bytes. */
export function fileSize(file: string): number {
  return withFile(file, (descriptor) => fstatSync(descriptor).size);
}

/** SHA-256 of a file in hexadecimal; throws `TrainingError` (`BadInput`) when it is not `expected`. */
export function fileHash(file: string, expected?: string): string {
  const hash = createHash('sha256');
  const chunk = new Uint8Array(1 << 20);
  withFile(file, (descriptor) => {
    for (;;) {
      const read = readSync(descriptor, chunk, 0, chunk.length, null);
      if (read === 0) return;
      hash.update(chunk.subarray(0, read));
    }
  });
  const found = hash.digest('hex');
  if (expected !== undefined && found !== expected)
    refusalOf(file)(`has the SHA-256 ${found} instead of ${expected}: fetch it again`);
  return found;
}

function withFile<T>(file: string, work: (descriptor: number) => T): T {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    return refusalOf(file)(`cannot be read (${errorText(error)})`, error);
  }
  try {
    return work(descriptor);
  } catch (error) {
    if (error instanceof TrainingError) throw error;
    return refusalOf(file)(`cannot be read (${errorText(error)})`, error);
  } finally {
    closeSync(descriptor);
  }
}

/** Number of elements, and of elements in an item along the first axis. */
export function itemSize(sizes: readonly number[]): number {
  return sizes.slice(1).reduce((product, size) => product * size, 1);
}

/** Stored bytes as numbers. Whole numbers beyond 2⁵³ lose their last bits. */
export function decodeNumbers({ kind, bytes, littleEndian }: NumberType, stored: Uint8Array): Float64Array {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  const numbers = new Float64Array(stored.length / bytes);
  const fill = (at: (offset: number) => number): Float64Array => {
    for (let i = 0; i < numbers.length; i++) numbers[i] = at(i * bytes);
    return numbers;
  };
  if (kind === 'float') {
    switch (bytes) {
      case 1:
        throw new Error('There are no floats of one byte.');
      case 2:
        return fill((offset) => halfFloat(view.getUint16(offset, littleEndian)));
      case 4:
        return fill((offset) => view.getFloat32(offset, littleEndian));
      case 8:
        return fill((offset) => view.getFloat64(offset, littleEndian));
      default: {
        const never: never = bytes;
        throw new Error(`Unknown size ${String(never)}.`);
      }
    }
  }
  const isSigned = kind === 'signed';
  switch (bytes) {
    case 1:
      return fill((offset) => (isSigned ? view.getInt8(offset) : view.getUint8(offset)));
    case 2:
      return fill((offset) =>
        isSigned ? view.getInt16(offset, littleEndian) : view.getUint16(offset, littleEndian),
      );
    case 4:
      return fill((offset) =>
        isSigned ? view.getInt32(offset, littleEndian) : view.getUint32(offset, littleEndian),
      );
    case 8:
      return fill((offset) => {
        const low = view.getUint32(offset + (littleEndian ? 0 : 4), littleEndian);
        const highAt = offset + (littleEndian ? 4 : 0);
        const high = isSigned ? view.getInt32(highAt, littleEndian) : view.getUint32(highAt, littleEndian);
        return high * 0x1_0000_0000 + low;
      });
    default: {
      const never: never = bytes;
      throw new Error(`Unknown size ${String(never)}.`);
    }
  }
}

/** IEEE 754 binary16: one bit of sign, five of exponent, ten of fraction. */
function halfFloat(bits: number): number {
  const sign = bits >>> 15 === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  // Powers of two from shifts are exact.
  if (exponent === 0) return (sign * fraction) / (1 << 24);
  const significand = sign * (1024 + fraction);
  return exponent >= 25 ? significand * (1 << (exponent - 25)) : significand / (1 << (25 - exponent));
}

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { TrainingError } from '../training-error.js';

/** An array of bytes from a file in the IDX format of MNIST. */
export interface IdxArray {
  readonly sizes: readonly number[];
  readonly values: Uint8Array;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
}

/** Code of unsigned bytes, the only numbers that image files in this format hold. */
const unsignedByte = 0x08;

/**
 * Reads an IDX file of unsigned bytes, gzipped or not; `sha256` is what the file as it lies there must hash to.
 * Throws `TrainingError` of class `BadInput` if it is missing, truncated, of another format or has another hash.
 */
export function readIdxFile(file: string, sha256?: string): IdxArray {
  const refuse = (why: string, cause?: unknown): never => {
    throw new TrainingError('BadInput', `The data file ${file} ${why}.`, { cause });
  };
  let stored: Uint8Array;
  try {
    stored = readFileSync(file);
  } catch (error) {
    return refuse(`cannot be read (${error instanceof Error ? error.message : String(error)})`, error);
  }
  const hash = createHash('sha256').update(stored).digest('hex');
  if (sha256 !== undefined && hash !== sha256) {
    return refuse(`has the SHA-256 ${hash} instead of ${sha256}: fetch it again`);
  }
  let bytes = stored;
  if (stored[0] === 0x1f && stored[1] === 0x8b) {
    try {
      bytes = gunzipSync(stored);
    } catch (error) {
      return refuse('is a damaged gzip file: fetch it again', error);
    }
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const axes = bytes[3] ?? 0;
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || axes === 0) {
    return refuse('is no IDX file: it does not begin with two zeros, a type and a number of axes');
  }
  if (bytes[2] !== unsignedByte)
    return refuse(`holds numbers of the type 0x${(bytes[2] ?? 0).toString(16)}, not unsigned bytes (0x8)`);
  const start = 4 + 4 * axes;
  if (bytes.length < start) return refuse(`is truncated: its header of ${start} bytes is not whole`);
  const sizes = Array.from({ length: axes }, (_none, axis) => view.getUint32(4 + 4 * axis));
  const count = sizes.reduce((product, size) => product * size, 1);
  if (bytes.length !== start + count) {
    const found = bytes.length - start;
    return refuse(
      `is ${found < count ? 'truncated' : 'too long'}: ${sizes.join(' × ')} numbers were announced, but there are ${found} bytes`,
    );
  }
  return { sizes, values: new Uint8Array(bytes.buffer, bytes.byteOffset + start, count), sha256: hash };
}

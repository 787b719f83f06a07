import { constants } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fileHash, fileSize, itemSize, readBytes, refusalOf, refuseLarge } from './number-array.js';
import type { NumberArray, Refuse } from './number-array.js';

/** An array of bytes from a file in the IDX format of MNIST. */
export interface IdxArray {
  readonly sizes: readonly number[];
  readonly values: Uint8Array;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
}

/** Code of unsigned bytes, the only numbers that image files in this format hold. */
const unsignedByte = 0x08;
const mostAxes = 255;

/**
 * Reads an IDX file of unsigned bytes, gzipped or not; `sha256` is what the file as it lies there must hash to.
 * Throws `TrainingError` of class `BadInput` if it is missing, truncated, of another format or has another hash.
 */
export function readIdxFile(file: string, sha256?: string): IdxArray {
  const array = openIdxFile(file, { ...(sha256 === undefined ? {} : { sha256 }), memoryLimit: Infinity });
  return { sizes: array.sizes, values: array.read(0, array.sizes[0] ?? 0), sha256: array.hash };
}

/**
 * As `readIdxFile`, but reads items only when the caller reads them. Unpacks a gzipped file in memory, and refuses it
 * (`OutOfMemory`) if it takes more than `memoryLimit` bytes there.
 */
export function openIdxFile(
  file: string,
  options: { readonly sha256?: string; readonly memoryLimit: number },
): NumberArray {
  const refuse = refusalOf(file);
  const hash = fileHash(file, options.sha256);
  const stored = fileSize(file);
  const first = readBytes(file, 0, Math.min(stored, 4 + 4 * mostAxes));
  const isPacked = first[0] === 0x1f && first[1] === 0x8b;
  const bytes = isPacked ? unpacked(file, options.memoryLimit, refuse) : undefined;
  const sizes = idxSizes(bytes ?? first, bytes?.length ?? stored, refuse);
  const start = 4 + 4 * sizes.length;
  const item = itemSize(sizes);
  return {
    title: file,
    sizes,
    type: { kind: 'unsigned', bytes: 1, littleEndian: false },
    hash,
    read: (from, count) =>
      bytes === undefined
        ? readBytes(file, start + from * item, count * item)
        : bytes.subarray(start + from * item, start + (from + count) * item),
  };
}

function unpacked(file: string, memoryLimit: number, refuse: Refuse): Uint8Array {
  const stored = readFileSync(file);
  // The last four bytes tell the size modulo 2³²; what unpacks to more is refused while it is unpacked.
  const announced = stored.length < 18 ? 0 : stored.readUInt32LE(stored.length - 4);
  const advice = 'unpack it with gunzip, then it is read piece by piece';
  refuseLarge(file, announced, memoryLimit, advice);
  try {
    return gunzipSync(stored, { maxOutputLength: Math.max(1, Math.min(memoryLimit, constants.MAX_LENGTH)) });
  } catch (error) {
    if (error instanceof RangeError) refuseLarge(file, memoryLimit + 1, memoryLimit, advice);
    return refuse('is a damaged gzip file: fetch it again', error);
  }
}

function idxSizes(header: Uint8Array, length: number, refuse: Refuse): number[] {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const axes = header[3] ?? 0;
  if (header.length < 4 || header[0] !== 0 || header[1] !== 0 || axes === 0)
    return refuse('is no IDX file: it does not begin with two zeros, a type and a number of axes');
  if (header[2] !== unsignedByte)
    return refuse(`holds numbers of the type 0x${(header[2] ?? 0).toString(16)}, not unsigned bytes (0x8)`);
  const start = 4 + 4 * axes;
  if (header.length < start) return refuse(`is truncated: its header of ${start} bytes is not whole`);
  const sizes = Array.from({ length: axes }, (_none, axis) => view.getUint32(4 + 4 * axis));
  const count = sizes.reduce((product, size) => product * size, 1);
  if (length !== start + count) {
    const found = length - start;
    return refuse(
      `is ${found < count ? 'truncated' : 'too long'}: ${sizes.join(' × ')} numbers were announced, but there are ${found} bytes`,
    );
  }
  return sizes;
}

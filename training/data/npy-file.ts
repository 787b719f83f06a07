import { fileHash, fileSize, itemSize, readBytes, refusalOf, refuseLarge } from './number-array.js';
import type { NumberArray, NumberType, Refuse } from './number-array.js';

/** Stored bytes of which a part can be read: a file, or a member of an archive. */
export interface StoredBytes {
  readonly title: string;
  readonly length: number;
  readonly hash: string;
  read(offset: number, length: number): Uint8Array;
}

/**
 * Opens an array in NumPy's format (`.npy`, versions 1 to 3) of whole numbers or floats in either byte order. Arrays
 * in Fortran order are turned in memory, and refused (`OutOfMemory`) if they take more than `memoryLimit` bytes.
 * Throws `TrainingError` of class `BadInput` if the file is truncated, damaged or holds Python objects.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function openNpyFile(
  file: string,
  options: { readonly sha256?: string; readonly memoryLimit: number },
): NumberArray {
  const hash = fileHash(file, options.sha256);
  const read = (offset: number, length: number): Uint8Array => readBytes(file, offset, length);
  return npyArray({ title: file, length: fileSize(file), hash, read }, options.memoryLimit);
}

/** An array in NumPy's format from a file or from a member of an archive. */
export function npyArray(stored: StoredBytes, memoryLimit: number): NumberArray {
  const { title, hash } = stored;
  const refuse = refusalOf(title);
  const { type, isFortran, sizes, start } = readHeader(stored, refuse);
  const [items = 1] = sizes;
  const itemBytes = itemSize(sizes) * type.bytes;
  const expected = items * itemBytes;
  const found = stored.length - start;
  if (found !== expected) {
    refuse(
      `is ${found < expected ? 'truncated' : 'too long'}: an array of ${sizes.join(' × ')} numbers of ${type.bytes} bytes was announced, but there are ${found} bytes`,
    );
  }
  if (!isFortran || sizes.length < 2) {
    const read = (from: number, count: number): Uint8Array =>
      stored.read(start + from * itemBytes, count * itemBytes);
    return { title, sizes, type, hash, read };
  }
  const advice = 'save it in C order (numpy.ascontiguousarray), then it is read piece by piece';
  refuseLarge(title, 2 * expected, memoryLimit, advice);
  let turned: Uint8Array | undefined;
  const read = (from: number, count: number): Uint8Array => {
    turned ??= inCOrder(stored.read(start, expected), sizes, type.bytes);
    return turned.subarray(from * itemBytes, (from + count) * itemBytes);
  };
  return { title, sizes, type, hash, read };
}

interface Header {
  readonly type: NumberType;
  readonly isFortran: boolean;
  readonly sizes: readonly number[];
  readonly start: number;
}

const magic = [0x93, ...Buffer.from('NUMPY')];
// A header of three fields is far shorter; a longer one is not worth the memory.
const longestHeader = 1 << 16;

function readHeader(stored: StoredBytes, refuse: Refuse): Header {
  const prefix = stored.read(0, Math.min(stored.length, 12));
  if (prefix.length < 10 || magic.some((byte, i) => prefix[i] !== byte))
    return refuse('is no NumPy file: it does not begin with \\x93NUMPY');
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const [version = 0, minor = 0] = prefix.subarray(6, 8);
  if (version < 1 || version > 3 || minor !== 0)
    return refuse(`has the version ${version}.${minor} of NumPy's format, not 1.0, 2.0 or 3.0`);
  if (version > 1 && prefix.length < 12) return refuse('is truncated: its header is not whole');
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const textAt = version === 1 ? 10 : 12;
  if (length > longestHeader)
    return refuse(`has a header of ${length} bytes, which no array of numbers needs`);
  if (stored.length < textAt + length)
    return refuse(`is truncated: its header of ${length} bytes is not whole`);
  const text = Buffer.from(stored.read(textAt, length)).toString(version === 3 ? 'utf8' : 'latin1');
  return { ...parseHeader(text, refuse), start: textAt + length };
}

const entry =
  /\s*'(descr|fortran_order|shape)'\s*:\s*('[^']*'|True|False|\([\d, L]*\)|\[[^{}]*\])\s*(?:,|(?=\}))/y;

/** The header is the text of a Python dictionary of three entries; nothing of it is ever run. */
function parseHeader(text: string, refuse: Refuse): Omit<Header, 'start'> {
  const damaged = (): never => refuse('has a damaged header: it does not tell type, order and sizes');
  const dictionary = text.trim();
  if (!dictionary.startsWith('{')) return damaged();
  const fields = new Map<string, string>();
  let end = 1;
  for (;;) {
    entry.lastIndex = end;
    const [whole, name = '', value = ''] = entry.exec(dictionary) ?? [];
    if (whole === undefined) break;
    if (fields.has(name)) return damaged();
    fields.set(name, value);
    end += whole.length;
  }
  const order = fields.get('fortran_order');
  const shape = /^\((.*)\)$/.exec(fields.get('shape') ?? '')?.[1];
  if (dictionary.slice(end).trim() !== '}' || shape === undefined) return damaged();
  if (order !== 'True' && order !== 'False') return damaged();
  // A tuple of one has a comma at its end; Python 2 wrote some numbers with an L.
  const parts = shape.replace(/,\s*$/, '').split(',');
  const sizes = shape.trim() === '' ? [] : parts.map((part) => Number(/^\s*(\d+)L?\s*$/.exec(part)?.[1]));
  const count = sizes.reduce((product, size) => product * size, 1);
  if (sizes.some(Number.isNaN)) return damaged();
  if (!Number.isSafeInteger(count)) return refuse(`announces ${sizes.join(' × ')} numbers`);
  return { type: numberType(fields.get('descr') ?? '', refuse), isFortran: order === 'True', sizes };
}

const kinds = { u: 'unsigned', i: 'signed', f: 'float' } as const;

function numberType(descr: string, refuse: Refuse): NumberType {
  const [, order, letter, size] = /^'([<>|=])([uif])([1248])'$/.exec(descr) ?? [];
  const bytes = ([1, 2, 4, 8] as const).find((each) => String(each) === size);
  const kind = letter === 'u' || letter === 'i' || letter === 'f' ? kinds[letter] : undefined;
  const isObject = descr.includes('O');
  if (isObject) return refuse('holds Python objects, which are never loaded: save it as an array of numbers');
  if (bytes === undefined || kind === undefined || (kind === 'float' && bytes === 1))
    return refuse(`holds ${descr}, not whole numbers or floats of at most 8 bytes`);
  if (bytes > 1 && order !== '<' && order !== '>') return refuse(`does not tell the byte order of ${descr}`);
  return { kind, bytes, littleEndian: order !== '>' };
}

/** An array in Fortran order (first axis fastest) in C order (last axis fastest). */
function inCOrder(stored: Uint8Array, sizes: readonly number[], bytes: number): Uint8Array {
  const turned = new Uint8Array(stored.length);
  const strides = sizes.map((_size, axis) =>
    sizes.slice(0, axis).reduce((product, size) => product * size, bytes),
  );
  const position = sizes.map(() => 0);
  let from = 0;
  for (let to = 0; to < stored.length; to += bytes) {
    for (let i = 0; i < bytes; i++) turned[to + i] = stored[from + i] ?? 0;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const next = (position[axis] ?? 0) + 1;
      from += strides[axis] ?? 0;
      if (next < (sizes[axis] ?? 0)) {
        position[axis] = next;
        break;
      }
      position[axis] = 0;
      from -= (strides[axis] ?? 0) * next;
    }
  }
  return turned;
}

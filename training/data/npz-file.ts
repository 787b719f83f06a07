import { crc32, inflateRawSync } from 'node:zlib';
import { fileHash, fileSize, readBytes, refusalOf, refuseLarge } from './number-array.js';
import type { NumberArray, Refuse } from './number-array.js';
import { npyArray } from './npy-file.js';

/** The arrays of an archive that NumPy wrote (`.npz`), by name. */
export interface NpzFile {
  readonly names: readonly string[];
  open(name: string): NumberArray;
}

/**
 * Opens a `.npz` archive. Arrays of `numpy.savez` are read piece by piece; those of `numpy.savez_compressed` are
 * unpacked in memory, and refused (`OutOfMemory`) if they take more than `memoryLimit` bytes there. Throws
 * `TrainingError` of class `BadInput` if the archive is damaged or has no array of a name.
 */
export function openNpzFile(
  file: string,
  options: { readonly sha256?: string; readonly memoryLimit: number },
): NpzFile {
  const refuse = refusalOf(file);
  const hash = fileHash(file, options.sha256);
  const members = directoryOf(file, refuse);
  const names = [...members.keys()];
  const open = (name: string): NumberArray => {
    const member = members.get(name);
    if (member === undefined)
      return refuse(`has no array "${name}", only ${names.map((each) => `"${each}"`).join(', ')}`);
    const title = `${file} (array "${name}")`;
    const { size } = member;
    const content = contentOf(file, title, member, options.memoryLimit);
    const stored = { title, length: size, hash: `${hash} ${name}`, ...content };
    return npyArray(stored, options.memoryLimit);
  };
  return { names, open };
}

interface Member {
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly headerAt: number;
}

const stored = 0;
const deflated = 8;
const chunkBytes = 1 << 20;

function contentOf(
  file: string,
  title: string,
  member: Member,
  memoryLimit: number,
): { read(offset: number, length: number): Uint8Array } {
  const refuse = refusalOf(title);
  const local = readBytes(file, member.headerAt, 30);
  const view = new DataView(local.buffer);
  if (view.getUint32(0, true) !== 0x0403_4b50) refuse('is damaged: there is no member where one should be');
  const start = member.headerAt + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  const checked = (crc: number): void => {
    if (crc !== member.crc) refuse('is damaged: its check sum is wrong');
  };
  const chunks = function* (): Generator<Uint8Array> {
    for (let done = 0; done < member.packedSize; done += chunkBytes)
      yield readBytes(file, start + done, Math.min(chunkBytes, member.packedSize - done));
  };
  // Deflate makes nothing twice as long: such sizes would only ask for memory.
  if (start + member.packedSize > fileSize(file) || member.packedSize > 2 * member.size + chunkBytes)
    refuse('is damaged: its sizes cannot be');
  if (member.method === stored) {
    if (member.packedSize !== member.size) refuse('is damaged: its sizes differ');
    let crc = 0;
    for (const chunk of chunks()) crc = crc32(chunk, crc);
    checked(crc);
    return { read: (offset, length) => readBytes(file, start + offset, length) };
  }
  if (member.method !== deflated)
    return refuse(`is packed by method ${member.method}, which NumPy never uses`);
  const advice = 'save it with numpy.savez instead of numpy.savez_compressed, then it is read piece by piece';
  refuseLarge(title, member.size, memoryLimit, advice);
  let whole: Uint8Array | undefined;
  const unpack = (): Uint8Array => {
    const content = inflated(readBytes(file, start, member.packedSize), member.size, refuse);
    checked(crc32(content));
    return content;
  };
  return {
    read: (offset, length) => {
      whole ??= unpack();
      return whole.subarray(offset, offset + length);
    },
  };
}

/** Unpacks a member. What unpacks to more than was announced is refused before it takes more memory than that. */
function inflated(packed: Uint8Array, size: number, refuse: Refuse): Uint8Array {
  let whole: Uint8Array;
  try {
    whole = inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    const isLonger = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return refuse(
      isLonger ? 'is damaged: it unpacks to more than was announced' : 'is damaged: it cannot be unpacked',
      error,
    );
  }
  if (whole.length !== size) refuse(`is damaged: it unpacks to ${whole.length} bytes instead of ${size}`);
  return whole;
}

/**
 * The archive's directory. Format: PKWARE's APPNOTE 6.3.9, sections 4.3.12 to 4.3.16 and 4.5.3 (sizes over 4 GiB).
 */
function directoryOf(file: string, refuse: Refuse): ReadonlyMap<string, Member> {
  const damaged = (): never =>
    refuse('is no whole archive of NumPy: the directory at its end is missing or damaged');
  const length = fileSize(file);
  const tailLength = Math.min(length, 22 + 0xffff + 20);
  const tail = Buffer.from(readBytes(file, length - tailLength, tailLength).buffer);
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end === -1 || end + 22 > tail.length) return damaged();
  let count = tail.readUInt16LE(end + 10);
  let size = tail.readUInt32LE(end + 12);
  let at = tail.readUInt32LE(end + 16);
  const locator = end - 20;
  if (locator >= 0 && tail.readUInt32LE(locator) === 0x0706_4b50) {
    const recordAt = Number(tail.readBigUInt64LE(locator + 8));
    if (recordAt + 56 > length) return damaged();
    const record = Buffer.from(readBytes(file, recordAt, 56).buffer);
    count = Number(record.readBigUInt64LE(32));
    size = Number(record.readBigUInt64LE(40));
    at = Number(record.readBigUInt64LE(48));
  }
  if (at + size > length || count * 46 > size) return damaged();
  const directory = Buffer.from(readBytes(file, at, size).buffer);
  const members = new Map<string, Member>();
  try {
    let entry = 0;
    for (let i = 0; i < count; i++) {
      if (directory.readUInt32LE(entry) !== 0x0201_4b50) return damaged();
      const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
        directory.readUInt16LE(entry + offset),
      );
      const nameEnd = entry + 46 + (nameLength ?? 0);
      const extraEnd = nameEnd + (extraLength ?? 0);
      const name = directory.toString('utf8', entry + 46, nameEnd);
      members.set(name.replace(/\.npy$/, ''), memberAt(directory, entry, nameEnd, extraEnd));
      entry = extraEnd + (commentLength ?? 0);
    }
  } catch (error) {
    if (error instanceof RangeError) return damaged();
    throw error;
  }
  return members;
}

function memberAt(directory: Buffer, entry: number, extraAt: number, extraEnd: number): Member {
  const short = [24, 20, 42].map((offset) => directory.readUInt32LE(entry + offset));
  // Sizes that do not fit lie in an extra field, those that do fit left out.
  let extra = extraAt;
  while (extra + 4 <= extraEnd && directory.readUInt16LE(extra) !== 1)
    extra += 4 + directory.readUInt16LE(extra + 2);
  let wide = extra + 4;
  const [size = 0, packedSize = 0, headerAt = 0] = short.map((value) => {
    if (value !== 0xffff_ffff) return value;
    const long = Number(directory.readBigUInt64LE(wide));
    wide += 8;
    return long;
  });
  return {
    method: directory.readUInt16LE(entry + 10),
    crc: directory.readUInt32LE(entry + 16),
    packedSize,
    size,
    headerAt,
  };
}

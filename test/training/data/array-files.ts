import { crc32, deflateRawSync } from 'node:zlib';

/** A `.npy` file of version 1, 2 or 3 around stored bytes. */
export function npy(
  descr: string,
  shape: readonly number[],
  content: Uint8Array,
  { version = 1, fortran = false }: { readonly version?: number; readonly fortran?: boolean } = {},
): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  return npyWithHeader(
    `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${sizes}), }`,
    content,
    version,
  );
}

export function npyWithHeader(header: string, content: Uint8Array, version = 1): Uint8Array {
  const prefix = version === 1 ? 10 : 12;
  const padding = 64 - ((prefix + header.length + 1) % 64);
  const text = Buffer.from(`${header}${' '.repeat(padding % 64)}\n`);
  const start = Buffer.alloc(prefix);
  start.set([0x93, ...Buffer.from('NUMPY'), version, 0]);
  if (version === 1) start.writeUInt16LE(text.length, 8);
  else start.writeUInt32LE(text.length, 8);
  return Buffer.concat([start, text, content]);
}

/** Numbers as they lie in a file. */
export function bytesOf(descr: string, values: readonly number[]): Uint8Array {
  const little = !descr.startsWith('>');
  const size = Number(descr.slice(2));
  const view = new DataView(new ArrayBuffer(size * values.length));
  values.forEach((value, i) => {
    const at = i * size;
    switch (descr.slice(1)) {
      case 'u1':
        return view.setUint8(at, value);
      case 'i1':
        return view.setInt8(at, value);
      case 'u2':
        return view.setUint16(at, value, little);
      case 'i2':
        return view.setInt16(at, value, little);
      case 'u4':
        return view.setUint32(at, value, little);
      case 'i4':
        return view.setInt32(at, value, little);
      case 'u8':
        return view.setBigUint64(at, BigInt(value), little);
      case 'i8':
        return view.setBigInt64(at, BigInt(value), little);
      case 'f4':
        return view.setFloat32(at, value, little);
      case 'f8':
        return view.setFloat64(at, value, little);
      default:
        throw new Error(`No numbers of the type ${descr}.`);
    }
  });
  return new Uint8Array(view.buffer);
}

/** A `.npz` archive, its members stored or deflated; `wide` writes their sizes in 64 bits, as NumPy does. */
export function npz(
  members: Readonly<Record<string, Uint8Array>>,
  { deflate = false, wide = false }: { readonly deflate?: boolean; readonly wide?: boolean } = {},
): Buffer {
  const locals: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(members)) {
    const packed = deflate ? deflateRawSync(content) : content;
    const file = Buffer.from(`${name}.npy`);
    const extra = Buffer.alloc(wide ? 20 : 0);
    if (wide) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(16, 2);
      extra.writeBigUInt64LE(BigInt(content.length), 4);
      extra.writeBigUInt64LE(BigInt(packed.length), 12);
    }
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(deflate ? 8 : 0, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(wide ? 0xffff_ffff : packed.length, 14);
    common.writeUInt32LE(wide ? 0xffff_ffff : content.length, 18);
    common.writeUInt16LE(file.length, 22);
    common.writeUInt16LE(extra.length, 24);
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), common, file, extra, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    const entry = [Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), common, rest, file, extra];
    locals.push(local);
    central.push(Buffer.concat(entry));
    at += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.set([0x50, 0x4b, 5, 6]);
  end.writeUInt16LE(central.length, 8);
  end.writeUInt16LE(central.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** An IDX file of unsigned bytes. */
export function idx(sizes: readonly number[], content: readonly number[] | Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.set([0, 0, 8, sizes.length]);
  sizes.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  return Buffer.concat([header, Uint8Array.from(content)]);
}

/** A BMP of one row of colours. */
export function bmp(pixels: readonly (readonly [number, number, number])[]): Buffer {
  const row = Math.ceil((3 * pixels.length) / 4) * 4;
  const file = Buffer.alloc(54 + row);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(pixels.length, 18);
  file.writeInt32LE(1, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  file.writeUInt32LE(row, 34);
  pixels.forEach(([red, green, blue], x) => file.set([blue, green, red], 54 + 3 * x));
  return file;
}

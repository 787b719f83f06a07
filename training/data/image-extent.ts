/** Height and width that an image file announces. */
export interface ImageExtent {
  readonly height: number;
  readonly width: number;
}

/**
 * The extent in the header of a PNG (ISO/IEC 15948, 11.2.2), a JPEG (ITU-T T.81, B.2.2), a BMP or a GIF, read before anything
 * is decoded; null where the file is none of these or has no whole header.
 */
export function announcedExtent(contents: Uint8Array): ImageExtent | null {
  const view = new DataView(contents.buffer, contents.byteOffset, contents.byteLength);
  try {
    if (view.getUint32(0) === 0x8950_4e47) return { width: view.getUint32(16), height: view.getUint32(20) };
    if (view.getUint16(0) === 0x424d) return ofBmp(view);
    if (view.getUint32(0) === 0x4749_4638)
      return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    if (view.getUint16(0) === 0xffd8) return ofJpeg(view);
    return null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function ofBmp(view: DataView): ImageExtent {
  const headerBytes = view.getUint32(14, true);
  if (headerBytes === 12) return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
  // A negative height is that of an image from the top down.
  return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
}

/** From the first frame header, a marker SOF0 … SOF15 but for DHT, JPG and DAC. */
function ofJpeg(view: DataView): ImageExtent | null {
  for (let at = 2; ;) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    const isAlone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    at += isAlone ? 2 : 2 + view.getUint16(at + 2);
  }
}

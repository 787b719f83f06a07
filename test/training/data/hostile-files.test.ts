import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { crc32, createDeflateRaw, deflateSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { announcedExtent } from '../../../training/data/image-extent.js';
import { ImageDecoder } from '../../../training/data/image-decoder.js';
import { openNpzFile } from '../../../training/data/npz-file.js';
import { npy, npz } from './array-files.js';
import { bmp } from './bmp.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'duramen-hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mebibyte = 1 << 20;

/** So many bytes of zeros, deflated without having them in memory. */
async function deflatedZeros(mebibytes: number): Promise<Buffer> {
  const deflate = createDeflateRaw();
  const pieces: Buffer[] = [];
  deflate.on('data', (piece: Buffer) => pieces.push(piece));
  const ended = new Promise((resolve) => deflate.once('end', resolve));
  for (let i = 0; i < mebibytes; i++) {
    if (!deflate.write(Buffer.alloc(mebibyte)))
      await new Promise((resolve) => deflate.once('drain', resolve));
  }
  deflate.end();
  await ended;
  return Buffer.concat(pieces);
}

/** An archive whose only member says that it unpacks to `size` bytes. */
function lying(packed: Buffer, size: number): Buffer {
  const name = Buffer.from('x.npy');
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x0403_4b50, 0);
  header.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x0201_4b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt32LE(size, 24);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length + name.length, 12);
  end.writeUInt32LE(header.length + name.length + packed.length, 16);
  return Buffer.concat([header, name, packed, entry, name, end]);
}

describe('an archive of arrays', () => {
  test('that unpacks to more than it says takes no more memory than it says', async () => {
    const file = path.join(folder, 'bomb.npz');
    writeFileSync(file, lying(await deflatedZeros(512), mebibyte));
    const before = process.resourceUsage().maxRSS;
    expect(() => openNpzFile(file, { memoryLimit: 64 * mebibyte }).open('x')).toThrow(
      'is damaged: it unpacks to more than was announced',
    );
    // In KiB; a run that unpacks it all takes 524,288 and more.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(128 * 1024);
  });

  test('that announces more than its file has is damaged', () => {
    const archive = npz({ x: npy('|u1', [4], Uint8Array.of(1, 2, 3, 4)) }, { deflate: true });
    const entry = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    archive.writeUInt32LE(0x7fff_ffff, entry + 20);
    const file = path.join(folder, 'long.npz');
    writeFileSync(file, archive);
    expect(() => openNpzFile(file, { memoryLimit: 64 * mebibyte }).open('x')).toThrow(
      'is damaged: its sizes cannot be',
    );
  });
});

/** A grey PNG of that extent; whole when `rows` are all its rows, each after a byte 0. */
function png(width: number, height: number, rows = Buffer.alloc(0)): Buffer {
  const chunk = (type: string, content: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type), content]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(content.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from([0x89, ...Buffer.from('PNG\r\n\x1a\n')]), ...parts]);
}

describe('an image', () => {
  test('announces its extent before it is decoded', () => {
    expect(announcedExtent(png(7, 5))).toEqual({ width: 7, height: 5 });
    expect(
      announcedExtent(
        bmp([
          [1, 2, 3],
          [4, 5, 6],
        ]),
      ),
    ).toEqual({ width: 2, height: 1 });
    const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.from([3, 1, 4, 0])]);
    expect(announcedExtent(gif)).toEqual({ width: 259, height: 4 });
    // A JPEG: start, a comment of two bytes, a progressive frame of 300 × 200.
    const comment = [0xff, 0xfe, 0, 4, 0x68, 0x69];
    const frame = [0xff, 0xc2, 0, 17, 8, 0, 200, 1, 44, 3];
    expect(announcedExtent(Buffer.from([0xff, 0xd8, ...comment, ...frame]))).toEqual({
      width: 300,
      height: 200,
    });
    for (const other of [
      [],
      [0xff, 0xd8],
      [0xff, 0xd8, 0xff, 0xc2],
      [1, 2, 3, 4, 5],
      [0x89, 0x50, 0x4e, 0x47],
    ])
      expect(announcedExtent(Buffer.from(other))).toBeNull();
  });

  test('of too many pixels is refused by its header', () => {
    const decoder = new ImageDecoder({ threads: 1 });
    try {
      expect(() => decoder.decode('huge.png', png(20_000, 20_000))).toThrow(
        'The image file huge.png has 20000 × 20000 pixels, more than the 100000000 that are decoded: make it smaller.',
      );
      const small = decoder.decode('small.png', png(2, 1, Buffer.from([0, 9, 8])));
      expect(small).toEqual({ width: 2, height: 1, channels: 1, pixels: Uint8Array.of(9, 8) });
    } finally {
      decoder.close();
    }
  });
});

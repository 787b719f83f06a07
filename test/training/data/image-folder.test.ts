import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import type * as Tf from '@tensorflow/tfjs-node-gpu';
import { afterAll, describe, expect, test } from 'vitest';
import { isStreamed } from '../../../training/data/data-set.js';
import { ImageDecoder, withChannels } from '../../../training/data/image-decoder.js';
import { openDataSet } from '../../../training/data/open-data-set.js';
import { bmp } from './bmp.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'duramen-images-'));
process.env['XDG_CACHE_HOME'] = path.join(folder, 'cache');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A PNG of grey pixels (channels 1), colours (3) or colours with transparency (4). */
function png(
  [height, width, channels]: readonly [number, number, 1 | 3 | 4],
  pixels: readonly number[],
): Buffer {
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
  header.set([8, { 1: 0, 3: 2, 4: 6 }[channels], 0, 0, 0], 8);
  const rows = Array.from({ length: height }, (_none, y) =>
    Uint8Array.from([0, ...pixels.slice(y * width * channels, (y + 1) * width * channels)]),
  );
  return Buffer.concat([
    Buffer.from([0x89, ...Buffer.from('PNG\r\n\x1a\n')]),
    ...[
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(Buffer.concat(rows))),
      chunk('IEND', Buffer.alloc(0)),
    ],
  ]);
}

let folders = 0;
/** A folder with a folder of images for each class. */
function imageFolder(
  classes: Readonly<Record<string, Readonly<Record<string, Uint8Array | string>>>>,
): string {
  const root = path.join(folder, `set-${++folders}`);
  mkdirSync(root);
  for (const [name, files] of Object.entries(classes)) {
    mkdirSync(path.join(root, name));
    for (const [file, content] of Object.entries(files)) writeFileSync(path.join(root, name, file), content);
  }
  return root;
}

const black = png([2, 2, 1], [0, 0, 0, 0]);
const white = png([2, 2, 1], [255, 255, 255, 255]);
const classes = {
  cats: {
    'b.png': white,
    'a.PNG': png([2, 2, 3], [10, 20, 30, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    'notes.txt': 'x',
  },
  ants: { 'x.bmp': bmp([[200, 100, 50]]), '.hidden.png': 'x' },
};
const size: [number, number] = [2, 2];

describe('image folders', () => {
  test('become images of one size, classes and files sorted by name', async () => {
    const training = imageFolder(classes);
    const data = await openDataSet({ source: { format: 'imageFolder', training, size } });
    expect(data).toMatchObject({
      classes: 2,
      classNames: ['ants', 'cats'],
      imageShape: [2, 2, 3],
      testFrom: null,
    });
    expect([...data.labels]).toEqual([0, 1, 1]);
    const orange = [200, 100, 50];
    expect(data.images).toEqual(
      Uint8Array.from([
        ...[...orange, ...orange, ...orange, ...orange],
        ...[10, 20, 30, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        ...Array<number>(12).fill(255),
      ]),
    );
  });

  test('become grey, and have images apart for testing', async () => {
    const training = imageFolder(classes);
    const test = imageFolder({ cats: { 'a.png': black }, ants: { 'a.png': white } });
    const source = {
      format: 'imageFolder',
      training,
      test,
      size: [1, 2] as [number, number],
      channels: 1,
    } as const;
    const data = await openDataSet({ source });
    expect([data.testFrom, ...data.labels]).toEqual([3, 0, 1, 1, 0, 1]);
    // Luma of 200, 100, 50 is 124.2; the others are means of two grey pixels above each other.
    expect(data.images).toEqual(Uint8Array.from([124, 124, 12, 5, 255, 255, 255, 255, 0, 0]));
    const streamed = await openDataSet({ source, memoryLimit: 2 });
    if (!isStreamed(streamed)) throw new Error('It is in memory.');
    expect(streamed.images.take(Int32Array.from([1, 0]))).toEqual(Uint8Array.from([12, 5, 124, 124]));
    expect(streamed.hash).toBe(data.hash);
  });

  test('are decoded again when an image changes', async () => {
    const training = imageFolder(classes);
    const source = { format: 'imageFolder', training, size } as const;
    const before = await openDataSet({ source });
    writeFileSync(path.join(training, 'cats', 'b.png'), png([1, 1, 1], [7]));
    const after = await openDataSet({ source });
    expect(after.hash).not.toBe(before.hash);
    expect((after.images as Uint8Array).subarray(24)).toEqual(new Uint8Array(12).fill(7));
  });

  test.each([
    [
      'a folder that is not there',
      () => path.join(folder, 'nowhere'),
      /The image folder .*nowhere cannot be read/,
    ],
    ['a folder without classes', () => imageFolder({}), /has no folders in it/],
    [
      'an empty class',
      () => imageFolder({ ...classes, bees: { 'a.gif': 'x' } }),
      /The class folder .*bees has no PNG/,
    ],
    [
      'a cut image',
      () => imageFolder({ a: { 'a.png': white.subarray(0, 50) } }),
      /a\.png is no whole PNG, JPEG or BMP/,
    ],
    ['text', () => imageFolder({ a: { 'a.jpg': 'no picture' } }), /a\.jpg is no whole PNG, JPEG or BMP/],
  ])('%s is told in one sentence', async (_what, training, message) => {
    const opened = openDataSet({ source: { format: 'imageFolder', training: training(), size } });
    await expect(opened).rejects.toMatchObject({
      failureClass: 'BadInput',
      message: expect.stringMatching(message),
    });
  });

  test('test images of other classes are told in one sentence', async () => {
    const source = {
      format: 'imageFolder',
      training: imageFolder(classes),
      test: imageFolder({ cats: { 'a.png': black } }),
      size,
    } as const;
    await expect(openDataSet({ source })).rejects.toMatchObject({
      failureClass: 'BadInput',
      message: expect.stringMatching(/do not have the same classes: ants is in one of them only/),
    });
  });
});

test('JPEG images are decoded, transparency is dropped', async () => {
  const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as typeof Tf;
  const grey = tf.fill<Tf.Rank.R3>([8, 8, 3], 90, 'int32');
  const jpeg = await tf.node.encodeJpeg(grey, 'rgb', 100);
  const decoder = new ImageDecoder({ threads: 1 });
  const decoded = decoder.decode('a.jpg', jpeg);
  expect(decoded).toMatchObject({ height: 8, width: 8, channels: 3 });
  expect(Math.max(...decoded.pixels.map((pixel) => Math.abs(pixel - 90)))).toBeLessThan(3);
  const transparent = decoder.decode('a.png', png([1, 1, 4], [1, 2, 3, 0]));
  expect(withChannels(transparent, 3).pixels).toEqual(Uint8Array.from([1, 2, 3]));
  expect(
    decoder.resize({ height: 1, width: 2, channels: 1, pixels: Uint8Array.from([0, 100]) }, [2, 4]),
  ).toEqual(Uint8Array.from([0, 25, 75, 100, 0, 25, 75, 100]));
  decoder.close();
});

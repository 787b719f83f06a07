import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { hashJson } from '../../foundation/numbers/index.js';
import { TrainingError } from '../training-error.js';
import type { Computation } from '../tensorflow.js';
import type { SourceData } from './source-data.js';
import { ImageDecoder, withChannels } from './image-decoder.js';
import { findPackedImages, packImages } from './packed-images.js';
import { packedSource } from './packed-source.js';
import { PixelMoments } from './pixel-moments.js';

/** Folders of images, a folder for each class. */
export interface ImageFolders {
  readonly training: string;
  /** Images apart for testing, of the same classes. */
  readonly test?: string;
  /** Height and width that all images are brought to. */
  readonly size: readonly [number, number];
  /** 1: grey, 3: colours. */
  readonly channels: 1 | 3;
}

const imageName = /\.(png|jpe?g|bmp)$/i;

interface ListedImage {
  readonly file: string;
  readonly label: number;
}

/**
 * Reads folders of PNG, JPEG and BMP images: the class of an image is the name of its folder, classes and images are
 * sorted by name. The images are decoded once and then lie in the user's cache until one of them changes. Throws
 * `TrainingError` of class `BadInput` about a folder without images and an image that cannot be decoded.
 */
export async function readImageFolders(
  { training, test, size, channels }: ImageFolders,
  computation: Computation,
  signal?: AbortSignal,
): Promise<SourceData> {
  const classNames = classesOf(training);
  if (test !== undefined) checkSameClasses(training, classNames, test);
  const listed = [training, ...(test === undefined ? [] : [test])].map((folder) =>
    listImages(folder, classNames),
  );
  const images = listed.flat();
  const stamps = images.map(({ file, label }) => {
    const { size: bytes, mtimeMs } = statSync(file);
    return [path.resolve(file), label, bytes, mtimeMs];
  });
  const key = hashJson(['image folders', [...size], channels, stamps]);
  const known = findPackedImages(key);
  if (known !== null) return packedSource(known);

  const name = path.basename(path.resolve(training));
  const imageShape = [...size, channels] as const;
  const labels = Int32Array.from(images, ({ label }) => label);
  const testFrom = test === undefined ? null : (listed[0]?.length ?? 0);
  const moments = new PixelMoments();
  const packed = await packImages({
    ...(signal === undefined ? {} : { signal }),
    key,
    count: images.length,
    imageShape,
    pieces: decodedImages(images, size, channels, computation, (pixels, i) => {
      if (testFrom === null || i < testFrom) moments.add(pixels);
    }),
    describe: (pixelHash) => ({
      name,
      hash: hashJson([pixelHash, [...imageShape], [...labels], testFrom, classNames]),
      classes: classNames.length,
      classNames,
      imageShape,
      labels,
      testFrom,
      ...moments.result(),
    }),
  });
  return packedSource(packed);
}

async function* decodedImages(
  images: readonly ListedImage[],
  size: readonly [number, number],
  channels: 1 | 3,
  computation: Computation,
  seen: (pixels: Uint8Array, index: number) => void,
): AsyncGenerator<Uint8Array> {
  const decoder = new ImageDecoder(computation);
  try {
    for (const [i, { file }] of images.entries()) {
      const decoded = withChannels(decoder.decode(file, readImage(file)), channels);
      const pixels = decoder.resize(decoded, size);
      seen(pixels, i);
      yield pixels;
      // Give the event loop its turn, so that this process reads the messages of its worker.
      if (i % 16 === 15) await setImmediate();
    }
  } finally {
    decoder.close();
  }
}

function readImage(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    return refuse(`The image file ${file} cannot be read`, error);
  }
}

function classesOf(folder: string): string[] {
  const names = entriesOf(folder)
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
  if (names.length === 0) {
    throw new TrainingError(
      'BadInput',
      `The image folder ${folder} has no folders in it: put the images of each class into a folder with the name of the class.`,
    );
  }
  return names;
}

function checkSameClasses(training: string, classNames: readonly string[], test: string): void {
  const tested = classesOf(test);
  const difference = [
    ...classNames.filter((name) => !tested.includes(name)),
    ...tested.filter((name) => !classNames.includes(name)),
  ];
  if (difference.length === 0) return;
  throw new TrainingError(
    'BadInput',
    `The image folders ${training} and ${test} do not have the same classes: ${difference.join(', ')} ${difference.length === 1 ? 'is' : 'are'} in one of them only.`,
  );
}

function listImages(folder: string, classNames: readonly string[]): ListedImage[] {
  return classNames.flatMap((className, label) => {
    const inner = path.join(folder, className);
    const names = entriesOf(inner)
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.') && imageName.test(entry.name))
      .map(({ name }) => name)
      .sort();
    if (names.length === 0) {
      throw new TrainingError(
        'BadInput',
        `The class folder ${inner} has no PNG, JPEG or BMP images: put some into it or remove it.`,
      );
    }
    return names.map((name) => ({ file: path.join(inner, name), label }));
  });
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    return refuse(`The image folder ${folder} cannot be read`, error);
  }
}

function refuse(what: string, cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw new TrainingError('BadInput', `${what} (${reason}).`, { cause });
}

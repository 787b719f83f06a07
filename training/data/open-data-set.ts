import { freemem } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { fork, hashJson, rngFromSeed } from '../../foundation/numbers/index.js';
import { TrainingError } from '../training-error.js';
import type { Computation } from '../tensorflow.js';
import { arraySource } from './array-source.js';
import type { ArrayPairOf } from './array-source.js';
import { corruptionOf } from './corruptions.js';
import { readDataSetOptions } from './data-set-options.js';
import type { DataSetOptions, ReadDataFiles, ReadDataSetOptions } from './data-set-options.js';
import { folderOf } from './data-set-record.js';
import { checkDataSet, imageBytes } from './data-set.js';
import type { DataDescription, TrainingData } from './data-set.js';
import { openIdxFile } from './idx-file.js';
import { ImageFile, runsOf } from './image-file.js';
import { readImageFolders } from './image-folder.js';
import { readBytes } from './number-array.js';
import type { NumberArray } from './number-array.js';
import { namedDataSet } from './named-data-sets.js';
import type { DataSetName } from './named-data-sets.js';
import { openNpyFile } from './npy-file.js';
import { openNpzFile } from './npz-file.js';
import { findPackedImages, packImages } from './packed-images.js';
import { isPacked } from './packed-source.js';
import { PixelMoments } from './pixel-moments.js';
import { selectExamples } from './selection.js';
import type { Selection } from './selection.js';
import type { SourceData } from './source-data.js';

/** Where a data set comes from and how this process opens it. */
export interface DataSetPlaces {
  /** Folder with the files of a data set that is known by name; by default they come from packages. */
  readonly folder?: string;
  /** How TensorFlow, which decodes pictures, computes in this process; default: with one thread. */
  readonly computation?: Computation;
  /** When it aborts, `openDataSet` stops fetching, decoding and changing images and throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a data set: in memory if its images take no more than the limit, else in a file. Which of the two changes no
 * bit of a training. Data sets that are not on this machine are fetched. Throws `TrainingError`: `BadInput` about files
 * that are missing, damaged or do not fit together, `OutOfMemory` about those that cannot be streamed.
 */
export async function openDataSet(
  dataset: DataSetName | DataSetOptions,
  places: DataSetPlaces = {},
): Promise<TrainingData> {
  const options = readDataSetOptions(dataset);
  const memoryLimit = options.memoryLimit ?? Math.floor(availableMemory() / 4);
  const source = await openSource(options, places, memoryLimit);
  const data = await changed(source, options, memoryLimit, places.signal);
  checkDataSet(data);
  return data;
}

/** Bytes that this process may still take; its control group's limit counts. */
function availableMemory(): number {
  return typeof process.availableMemory === 'function' ? process.availableMemory() : freemem();
}

async function openSource(
  { source, name }: ReadDataSetOptions,
  { folder, computation = { threads: 1 }, signal }: DataSetPlaces,
  memoryLimit: number,
): Promise<SourceData> {
  if (typeof source !== 'string')
    return filesSource(
      source,
      name,
      { computation, ...(signal === undefined ? {} : { signal }) },
      memoryLimit,
    );
  const { find, read } = namedDataSet(source);
  return find?.() ?? read(folder ?? (await folderOf(source, signal)), computation, signal);
}

async function filesSource(
  files: ReadDataFiles,
  name: string | undefined,
  { computation, signal }: { readonly computation: Computation; readonly signal?: AbortSignal },
  memoryLimit: number,
): Promise<SourceData> {
  if (files.format === 'imageFolder') {
    const { training, test, size, channels } = files;
    return readImageFolders(
      { training, size, channels, ...(test === undefined ? {} : { test }) },
      computation,
      signal,
    );
  }
  const open = arrayOpener(files, memoryLimit);
  const pair = ({ images, labels }: ArrayPairOf<string>): ArrayPairOf<NumberArray> => ({
    images: open(images),
    labels: open(labels),
  });
  const { training, test, classCount } = files;
  const range = files.format === 'idx' ? undefined : files.range;
  return arraySource({
    name: name ?? (files.format === 'npz' ? files.file : training.images),
    training: pair(training),
    ...(test === undefined ? {} : { test: pair(test) }),
    ...(range === undefined ? {} : { range }),
    ...(classCount === undefined ? {} : { classCount }),
  });
}

function arrayOpener(
  files: Exclude<ReadDataFiles, { format: 'imageFolder' }>,
  memoryLimit: number,
): (name: string) => NumberArray {
  const hashes = files.sha256 ?? {};
  const named = files.format === 'npz' ? [files.file] : [files.training, files.test].flatMap(pathsOf);
  const unknown = Object.keys(hashes).find((file) => !named.includes(file));
  if (unknown !== undefined) {
    throw new TrainingError(
      'BadInput',
      `The option dataset.source.sha256 names ${unknown}, which is none of the files: write the paths as in the other options.`,
    );
  }
  const limits = (file: string) => {
    const sha256 = hashes[file];
    return { memoryLimit, ...(sha256 === undefined ? {} : { sha256 }) };
  };
  switch (files.format) {
    case 'idx':
      return (file) => openIdxFile(file, limits(file));
    case 'npy':
      return (file) => openNpyFile(file, limits(file));
    case 'npz': {
      const archive = openNpzFile(files.file, limits(files.file));
      return (name) => archive.open(name);
    }
    default: {
      const never: never = files;
      throw new Error(`Unknown format ${JSON.stringify(never)}.`);
    }
  }
}

function pathsOf(pair: ArrayPairOf<string> | undefined): string[] {
  return pair === undefined ? [] : [pair.images, pair.labels];
}

/** Images are read, changed and written in pieces of about this size. */
const pieceBytes = 4 << 20;

async function changed(
  source: SourceData,
  options: ReadDataSetOptions,
  memoryLimit: number,
  signal: AbortSignal | undefined,
): Promise<TrainingData> {
  const { classes, fraction, labelNoise, corruptions = [], seed } = options;
  const name = options.name ?? source.name;
  const rng = fork(rngFromSeed(seed), 'data set');
  const isWhole = classes === undefined && (fraction ?? 1) === 1;
  const isUnchanged = isWhole && (labelNoise ?? 0) === 0 && corruptions.length === 0;
  const hash = isUnchanged
    ? source.hash
    : hashJson([
        source.hash,
        { classes: classes ?? null, fraction: fraction ?? 1, labelNoise: labelNoise ?? 0, seed },
        corruptions.map((corruption) => ({ ...corruption })),
      ]);
  const selection = selectExamples(
    source,
    {
      ...(classes === undefined ? {} : { classes }),
      ...(fraction === undefined ? {} : { fraction }),
      ...(labelNoise === undefined ? {} : { labelNoise }),
    },
    fork(rng, 'selection'),
  );
  const description: Omit<DataDescription, 'mean' | 'deviation'> = {
    ...{ name, hash, classes: selection.classes, imageShape: source.imageShape },
    ...{ labels: selection.labels, testFrom: selection.testFrom },
    ...(selection.classNames === undefined ? {} : { classNames: selection.classNames }),
  };
  const usual = corruptions.length === 0 ? source.usual : undefined;
  const change = corruptionOf(corruptions, source.imageShape, fork(rng, 'corruptions'));
  const moments = new PixelMoments();
  const pieces = changedImages(source, selection, corruptions.length === 0 ? null : change, (pixels, i) => {
    if (usual === undefined && (selection.testFrom === null || i < selection.testFrom)) moments.add(pixels);
  });
  const count = selection.indices.length;
  const bytes = imageBytes(source.imageShape);
  const done = (): DataDescription => ({ ...description, ...(usual ?? moments.result()) });

  const fits = count * bytes <= memoryLimit;
  if (fits && isUnchanged && source.whole !== undefined && usual !== undefined)
    return { ...done(), images: source.whole };
  if (fits && corruptions.length === 0 && !(isUnchanged && isPacked(source))) {
    const images = allocate(name, count * bytes);
    let filled = 0;
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      images.set(piece, filled);
      filled += piece.length;
    }
    return { ...done(), images };
  }
  // Keep changed images in the cache, because changing them takes longer than reading them. Raise the number in the key
  // when the same options make other images.
  const key = hashJson(['data set', 1, hash]);
  const packing = {
    ...{ key, count, imageShape: source.imageShape, pieces, describe: done },
    ...(signal === undefined ? {} : { signal }),
  };
  const packed =
    isUnchanged && isPacked(source) ? source.packed : (findPackedImages(key) ?? (await packImages(packing)));
  const { file } = packed;
  const known = { ...packed.description, name };
  return fits
    ? { ...known, images: readBytes(file, 0, count * bytes) }
    : { ...known, images: new ImageFile(file, count, bytes) };
}

function allocate(name: string, bytes: number): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (error) {
    throw new TrainingError(
      'OutOfMemory',
      `The ${bytes} bytes of images of ${name} do not fit into memory: give a smaller "memoryLimit", then they are read batch by batch.`,
      { cause: error },
    );
  }
}

/** The chosen images in pieces, after the change; `seen` gets each piece's pixels and the index of its first image. */
async function* changedImages(
  source: SourceData,
  { indices, testFrom }: Selection,
  change: ((pixels: Uint8Array, index: number) => Uint8Array) | null,
  seen: (pixels: Uint8Array, place: number) => void,
): AsyncGenerator<Uint8Array> {
  const bytes = imageBytes(source.imageShape);
  const perPiece = Math.max(1, Math.floor(pieceBytes / bytes));
  const end = testFrom ?? indices.length;
  for (const run of runsOf(indices)) {
    for (let done = 0; done < run.count;) {
      const place = run.at + done;
      // A piece has either test images or others.
      const last = place < end ? Math.min(run.count, end - run.at) : run.count;
      const count = Math.min(perPiece, last - done);
      const start = run.start + done;
      const piece = source.read(start, count);
      const pixels = change === null ? piece : new Uint8Array(piece.length);
      if (change !== null) {
        for (let i = 0; i < count; i++)
          pixels.set(change(piece.subarray(i * bytes, (i + 1) * bytes), start + i), i * bytes);
      }
      seen(pixels, place);
      yield pixels;
      done += count;
      // Meanwhile this process reads the messages of its worker.
      if (change !== null || count === perPiece) await setImmediate();
    }
  }
}

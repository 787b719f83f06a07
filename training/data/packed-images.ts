import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { cacheFolder } from '#setup/folders.mjs';
import { errorText } from '../../foundation/errors/index.js';
import { TrainingError } from '../training-error.js';
import { imageBytes } from './data-set.js';
import type { DataDescription } from './data-set.js';
import { fileHash } from './number-array.js';

/** Images in a file of the cache, one after the other, and what is known of them. */
export interface PackedImages {
  readonly description: DataDescription;
  readonly file: string;
}

const format = 'duramen-packed-images/1';

const schema = z.object({
  format: z.literal(format),
  sha256: z.string(),
  description: z.object({
    name: z.string(),
    hash: z.string(),
    classes: z.number().int(),
    classNames: z.array(z.string()).optional(),
    imageShape: z.tuple([z.number().int(), z.number().int(), z.number().int()]),
    labels: z.array(z.number().int()),
    testFrom: z.number().int().nullable(),
    mean: z.number(),
    deviation: z.number(),
  }),
});

/** Where the images with a key lie, or would lie. */
function folderOf(key: string, environment: Environment): string {
  return path.join(cacheFolder(environment), 'packed-images', key);
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The packed images with a key, checked by their hash; null when there are none or they are damaged. */
export function findPackedImages(key: string, environment: Environment = process.env): PackedImages | null {
  const folder = folderOf(key, environment);
  const file = path.join(folder, 'images');
  const descriptionFile = path.join(folder, 'description.json');
  if (!existsSync(descriptionFile) || !existsSync(file)) return null;
  let text: unknown;
  try {
    text = JSON.parse(readFileSync(descriptionFile, 'utf8'));
  } catch {
    return null;
  }
  const read = schema.safeParse(text);
  if (!read.success || fileHash(file) !== read.data.sha256) return null;
  const { labels, classNames, ...rest } = read.data.description;
  const named = classNames === undefined ? {} : { classNames };
  return { description: { ...rest, ...named, labels: Int32Array.from(labels) }, file };
}

/** What packing takes: how many images of which size, pieces that hold them, and what is known at the end. */
export interface Packing {
  readonly key: string;
  readonly count: number;
  readonly imageShape: DataDescription['imageShape'];
  readonly pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** When it aborts, `packImages` writes nothing and throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** `packImages` calls it with the hash of all pixels when it has written them. */
  readonly describe: (pixelHash: string) => DataDescription;
}

/**
 * Writes images into the cache; the folder appears whole or not at all. Throws `TrainingError` of class `BadInput`
 * when the disk has no room.
 */
export async function packImages(
  { key, count, imageShape, pieces, signal, describe }: Packing,
  environment: Environment = process.env,
): Promise<PackedImages> {
  const folder = folderOf(key, environment);
  const parent = path.dirname(folder);
  const bytes = count * imageBytes(imageShape);
  const refuse = (why: string, cause?: unknown): never => {
    throw new TrainingError(
      'BadInput',
      `${count} images could not be packed into ${parent} (${why}): make room there or point XDG_CACHE_HOME to another disk.`,
      { cause },
    );
  };
  let temporary: string;
  try {
    mkdirSync(parent, { recursive: true });
    removeAbandoned(parent);
    const { bavail, bsize } = statfsSync(parent);
    if (bavail * bsize < bytes) return refuse(`${bytes} bytes are needed, ${bavail * bsize} are free`);
    temporary = mkdtempSync(path.join(parent, newPrefix));
  } catch (error) {
    if (error instanceof TrainingError) throw error;
    return refuse(errorText(error), error);
  }
  try {
    const hash = createHash('sha256');
    const descriptor = openSync(path.join(temporary, 'images'), 'w');
    try {
      for await (const piece of pieces) {
        signal?.throwIfAborted();
        hash.update(piece);
        writeWhole(descriptor, piece);
      }
    } finally {
      closeSync(descriptor);
    }
    const sha256 = hash.digest('hex');
    const description = describe(sha256);
    const text = JSON.stringify({
      format,
      sha256,
      description: { ...description, labels: [...description.labels] },
    });
    writeFileSync(path.join(temporary, 'description.json'), text);
    moveIntoPlace(temporary, folder);
    return { description, file: path.join(folder, 'images') };
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (error instanceof TrainingError) throw error;
    return refuse(errorText(error), error);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

const newPrefix = '.new-';
const abandonedMs = 24 * 3_600_000;

/** Removes what killed processes left a day ago or earlier: younger folders may still be written. */
function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(newPrefix)) continue;
    const folder = path.join(parent, name);
    const changed = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - changed > abandonedMs) rmSync(folder, { recursive: true, force: true });
  }
}

function moveIntoPlace(ready: string, folder: string): void {
  // A rename does not replace a folder that has files in it: a damaged one gives way first.
  rmSync(folder, { recursive: true, force: true });
  try {
    renameSync(ready, folder);
  } catch (error) {
    // Another process was quicker: it wrote the same.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

function writeWhole(descriptor: number, piece: Uint8Array): void {
  let done = 0;
  while (done < piece.length) done += writeSync(descriptor, piece, done, piece.length - done);
}

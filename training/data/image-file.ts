import { closeSync, openSync, read as readCallback, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { refusalOf } from './number-array.js';

const read = promisify(readCallback);

/** Images of one size in a file, one after the other, of which batches are read while others are computed with. */
export class ImageFile {
  private descriptor: number | null = null;
  private ahead: { readonly indices: Int32Array; readonly images: Promise<Uint8Array> } | null = null;
  private ready: { readonly indices: Int32Array; readonly images: Uint8Array } | null = null;

  constructor(
    readonly file: string,
    /** Images in the file. */
    readonly length: number,
    private readonly bytes: number,
  ) {}

  /** Begins to read a batch in the background. */
  readAhead(indices: Int32Array): void {
    if (this.ahead !== null && sameIndices(this.ahead.indices, indices)) return;
    const images = this.readInBackground(indices);
    // `prepare` throws a failure: without this handler Node would end the process before the caller awaits it.
    images.catch(() => undefined);
    this.ahead = { indices, images };
  }

  /** Resolves when the images of a batch are in memory, so that `take` does not read. */
  async prepare(indices: Int32Array): Promise<void> {
    this.readAhead(indices);
    const { ahead } = this;
    if (ahead === null) return;
    this.ahead = null;
    this.ready = { indices, images: await ahead.images };
  }

  /** The images of a batch, in its order; read now unless they were prepared. */
  take(indices: Int32Array): Uint8Array {
    const { ready } = this;
    this.ready = null;
    if (ready !== null && sameIndices(ready.indices, indices)) return ready.images;
    const images = new Uint8Array(indices.length * this.bytes);
    for (const run of runsOf(indices)) {
      const { start, count, at } = run;
      const length = count * this.bytes;
      const done = readSync(this.open(), images, at * this.bytes, length, start * this.bytes);
      if (done !== length) this.refuseTruncated();
    }
    return images;
  }

  close(): void {
    if (this.descriptor !== null) closeSync(this.descriptor);
    this.descriptor = null;
  }

  private async readInBackground(indices: Int32Array): Promise<Uint8Array> {
    const images = new Uint8Array(indices.length * this.bytes);
    await Promise.all(
      runsOf(indices).map(async ({ start, count, at }) => {
        const length = count * this.bytes;
        const { bytesRead } = await read(this.open(), images, at * this.bytes, length, start * this.bytes);
        if (bytesRead !== length) this.refuseTruncated();
      }),
    );
    return images;
  }

  private open(): number {
    try {
      this.descriptor ??= openSync(this.file, 'r');
    } catch (error) {
      refusalOf(this.file)('cannot be opened: it was removed or is not readable', error);
    }
    return this.descriptor ?? -1;
  }

  private refuseTruncated(): never {
    return refusalOf(this.file)('became shorter while it was used: start the training again');
  }
}

interface Run {
  /** First index in the file. */
  readonly start: number;
  readonly count: number;
  /** Index of the first in the batch. */
  readonly at: number;
}

/** Neighbours in the file that are neighbours in the batch too are read in one call. */
export function runsOf(indices: Int32Array): Run[] {
  const runs: { start: number; count: number; at: number }[] = [];
  indices.forEach((index, at) => {
    const last = runs.at(-1);
    if (last !== undefined && last.start + last.count === index) last.count++;
    else runs.push({ start: index, count: 1, at });
  });
  return runs;
}

function sameIndices(left: Int32Array, right: Int32Array): boolean {
  return left === right || (left.length === right.length && left.every((index, i) => index === right[i]));
}

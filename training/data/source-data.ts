import type { DataDescription } from './data-set.js';

/** What a reader makes of files: labelled images that are read some at a time, before anything is done to them. */
export interface SourceData extends Omit<DataDescription, 'mean' | 'deviation'> {
  /** Mean and deviation that are usual for this data set; otherwise they are computed from its pixels. */
  readonly usual?: Pick<DataDescription, 'mean' | 'deviation'>;
  /** All pixels, where they are in memory already. */
  readonly whole?: Uint8Array;
  /** The pixels of `count` images from `start` on. */
  read(start: number, count: number): Uint8Array;
}

/** A data set in memory as a source. */
export function memorySource(data: Omit<SourceData, 'read' | 'whole'>, images: Uint8Array): SourceData {
  const [height, width, channels] = data.imageShape;
  const bytes = height * width * channels;
  return {
    ...data,
    whole: images,
    read: (start, count) => images.subarray(start * bytes, (start + count) * bytes),
  };
}

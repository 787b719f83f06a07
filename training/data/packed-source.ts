import { imageBytes } from './data-set.js';
import { readBytes } from './number-array.js';
import type { PackedImages } from './packed-images.js';
import type { SourceData } from './source-data.js';

/** Images in the cache as a source, so that a data set without further changes streams the file as it is. */
export interface PackedSource extends SourceData {
  readonly packed: PackedImages;
}

export function packedSource(packed: PackedImages): PackedSource {
  const { mean, deviation, ...description } = packed.description;
  const bytes = imageBytes(description.imageShape);
  return {
    ...description,
    usual: { mean, deviation },
    packed,
    read: (start, count) => readBytes(packed.file, start * bytes, count * bytes),
  };
}

export function isPacked(source: SourceData): source is PackedSource {
  return 'packed' in source;
}

import { hashJson } from '../../foundation/numbers/index.js';
import { decodeNumbers, itemSize, refusalOf } from './number-array.js';
import type { NumberArray } from './number-array.js';
import type { SourceData } from './source-data.js';

/** Images and their labels, one by one in the same order. */
export interface ArrayPairOf<T> {
  readonly images: T;
  readonly labels: T;
}

/** Arrays of images and labels, those apart for testing in `test`, and how to read their numbers. */
export interface LabelledArrays {
  readonly name: string;
  readonly training: ArrayPairOf<NumberArray>;
  readonly test?: ArrayPairOf<NumberArray>;
  /** Numbers that become 0 and 255; by default 0 and 255 for whole numbers, 0 and 1 for floats. */
  readonly range?: readonly [number, number];
  /** By default one more than the largest label. */
  readonly classCount?: number;
}

/**
 * Images and labels from arrays in files: images of [count, height, width] or [count, height, width, channels], whole
 * labels of [count] or [count, 1]. Throws `TrainingError` of class `BadInput` when they do not fit together.
 */
export function arraySource({ name, training, test, range, classCount }: LabelledArrays): SourceData {
  const parts = test === undefined ? [training] : [training, test];
  const counts = parts.map(({ images, labels }) => countOf(images, labels));
  const imageShape = shapeOf(training.images);
  for (const { images } of parts) {
    if (String(shapeOf(images)) !== String(imageShape)) {
      refusalOf(images.title)(
        `has images of ${shapeOf(images).join(' × ')}, those for training are of ${imageShape.join(' × ')}`,
      );
    }
  }
  const labels = new Int32Array(counts.reduce((total, count) => total + count, 0));
  let filled = 0;
  for (const { labels: array } of parts) {
    const read = labelsOf(array, classCount);
    labels.set(read, filled);
    filled += read.length;
  }
  const [trainingCount = 0] = counts;
  const conversions = parts.map(({ images }) => converter(images, range));
  const read = (start: number, count: number): Uint8Array => {
    const [first, second] = parts;
    if (first === undefined) throw new Error('A data set has a part for training.');
    const inFirst = Math.max(0, Math.min(count, trainingCount - start));
    if (inFirst === count || second === undefined)
      return conversions[0]?.(first.images.read(start, count), start) ?? new Uint8Array(0);
    const from = Math.max(0, start - trainingCount);
    const rest = conversions[1]?.(second.images.read(from, count - inFirst), from) ?? new Uint8Array(0);
    return inFirst === 0 ? rest : Buffer.concat([read(start, inFirst), rest]);
  };
  return {
    name,
    hash: hashJson([
      parts.map(({ images, labels: array }) => [images.hash, array.hash]),
      range === undefined ? null : [...range],
      classCount ?? null,
    ]),
    classes: classCount ?? labels.reduce((largest, label) => Math.max(largest, label), 0) + 1,
    imageShape,
    labels,
    testFrom: test === undefined ? null : trainingCount,
    read,
  };
}

function countOf(images: NumberArray, labels: NumberArray): number {
  const [count = 0] = images.sizes;
  const isVector = labels.sizes.length === 1 || (labels.sizes.length === 2 && labels.sizes[1] === 1);
  if (!isVector || labels.sizes[0] !== count) {
    return refusalOf(labels.title)(
      `has labels of ${labels.sizes.join(' × ')} for images of ${images.sizes.join(' × ')}: one label is needed for each image`,
    );
  }
  if (count === 0) return refusalOf(images.title)('has no images');
  return count;
}

function shapeOf({ sizes, title }: NumberArray): readonly [number, number, number] {
  const [, height = 0, width = 0, channels = 1] = sizes;
  if (sizes.length < 3 || sizes.length > 4 || height * width * channels === 0) {
    return refusalOf(title)(
      `has the sizes ${sizes.join(' × ')}: images are of [count, height, width] or [count, height, width, channels], so give vectors of features such a shape or train on them with an evaluate function of your own`,
    );
  }
  return [height, width, channels];
}

function labelsOf(array: NumberArray, classCount: number | undefined): Int32Array {
  const refuse = refusalOf(array.title);
  if (array.type.kind === 'float') return refuse('holds floats, but labels are whole numbers');
  const numbers = decodeNumbers(array.type, array.read(0, array.sizes[0] ?? 0));
  const highest = classCount ?? 0x8000_0000;
  const wrong = numbers.findIndex((label) => label < 0 || label >= highest);
  if (wrong !== -1) {
    const expected =
      classCount === undefined
        ? 'labels begin at 0'
        : `the ${classCount} classes are numbered from 0 to ${classCount - 1}`;
    return refuse(`has the label ${numbers[wrong]} at image ${wrong}, but ${expected}`);
  }
  return Int32Array.from(numbers);
}

/** Stored numbers as pixels: linearly from the range to 0 … 255, halves up; what lies outside is refused. */
function converter(
  { title, type, sizes }: NumberArray,
  range: readonly [number, number] | undefined,
): (stored: Uint8Array, start: number) => Uint8Array {
  const isByte = type.kind === 'unsigned' && type.bytes === 1;
  const [low, high] = range ?? [0, type.kind === 'float' ? 1 : 255];
  if (isByte && low === 0 && high === 255) return (stored) => stored;
  const perImage = itemSize(sizes);
  return (stored, start) => {
    const numbers = decodeNumbers(type, stored);
    const pixels = new Uint8Array(numbers.length);
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i] ?? 0;
      // A comparison with NaN is false.
      if (!(number >= low && number <= high)) {
        return refusalOf(title)(
          `has the pixel ${number} in image ${start + Math.floor(i / perImage)}, outside ${low} … ${high}: give the numbers that are black and white as "range"`,
        );
      }
      pixels[i] = Math.floor(((number - low) * 255) / (high - low) + 0.5);
    }
    return pixels;
  };
}

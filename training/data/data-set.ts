import { TrainingError } from '../training-error.js';
import type { ImageFile } from './image-file.js';

/** Everything about labelled images but the images themselves. */
export interface DataDescription {
  readonly name: string;
  /** Tells data sets of other content apart. */
  readonly hash: string;
  readonly classes: number;
  /** Names of the classes in the order of their labels, where the data set has any. */
  readonly classNames?: readonly string[];
  /** Height, width and channels of each image. */
  readonly imageShape: readonly [number, number, number];
  /** Class of each image, from 0. */
  readonly labels: Int32Array;
  /** First of the images that the data set's authors set apart for testing; null when there are none. */
  readonly testFrom: number | null;
  /** Of the pixels divided by 255: a training takes `mean` off and divides by `deviation`. */
  readonly mean: number;
  readonly deviation: number;
}

/** Labelled images in memory: grey values or channels in 0 … 255, one image after the other. */
export interface DataSet extends DataDescription {
  readonly images: Uint8Array;
}

/** Labelled images that stay in a file and are read batch by batch. */
export interface StreamedDataSet extends DataDescription {
  readonly images: ImageFile;
}

/** A data set to train on, in memory or in a file: which of the two changes no bit of a training. */
export type TrainingData = DataSet | StreamedDataSet;

export function isStreamed(data: TrainingData): data is StreamedDataSet {
  return !(data.images instanceof Uint8Array);
}

/** Bytes of one image. */
export function imageBytes([height, width, channels]: DataDescription['imageShape']): number {
  return height * width * channels;
}

/**
 * Refuses a data set whose numbers of images and labels differ or whose labels exceed its classes: TensorFlow would
 * train on them without a word.
 */
export function checkDataSet(data: TrainingData): void {
  const refuse = (why: string): never => {
    throw new TrainingError('BadInput', `The data set ${data.name} ${why}.`);
  };
  const { labels, classes, classNames, imageShape, testFrom } = data;
  const images = data.images.length / (isStreamed(data) ? 1 : imageBytes(imageShape));
  if (images !== labels.length)
    refuse(`has ${images} images and ${labels.length} labels: one label is needed for each image`);
  if (labels.length === 0) refuse('has no images');
  const wrong = labels.findIndex((label) => label < 0 || label >= classes);
  if (wrong !== -1) {
    refuse(
      `has the label ${labels[wrong]} at image ${wrong}, but its ${classes} classes are numbered from 0 to ${classes - 1}`,
    );
  }
  if (classNames !== undefined && classNames.length !== classes)
    refuse(`has ${classes} classes, but names for ${classNames.length}`);
  if (testFrom !== null && (testFrom < 1 || testFrom > labels.length))
    refuse(`has ${labels.length} images, of which those from ${testFrom} on are for testing`);
}

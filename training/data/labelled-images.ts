import { utf8Bytes } from '../../foundation/json/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import { TrainingError } from '../training-error.js';
import type { DataSet } from './data-set.js';
import type { IdxArray } from './idx-file.js';

interface LabelledArrays {
  readonly images: IdxArray;
  readonly labels: IdxArray;
}

/** Arrays of a data set, those apart for testing in `test`, and the moments of its pixels. */
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

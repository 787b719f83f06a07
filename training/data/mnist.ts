import path from 'node:path';
import { dataSetFolder } from '#setup/data-set-folder.mjs';
import { pinnedHash, recordOf } from './data-set-record.js';
import type { DataSet } from './data-set.js';
import { readIdxFile } from './idx-file.js';
import type { IdxArray } from './idx-file.js';
import { labelledImages } from './labelled-images.js';
import type { LabelledImages } from './labelled-images.js';

/**
 * MNIST: 60,000 images for training, then 10,000 for testing. Throws `TrainingError` of class `BadInput` that names
 * the file that is missing or damaged.
 */
export function readMnist(folder: string = dataSetFolder('mnist')): DataSet {
  return readIdxFiles('mnist', folder, '', { mean: 0.1307, deviation: 0.3081 });
}

/** Fashion-MNIST from a folder: 60,000 grey images of 28 × 28 for training, then 10,000 for testing. */
export function readFashionMnist(folder: string): DataSet {
  return readIdxFiles('fashion-mnist', folder, '.gz', { mean: 0.286, deviation: 0.353 });
}

/** A data set in four files that are called like those of MNIST, with an ending. */
function readIdxFiles(
  name: string,
  folder: string,
  ending: string,
  moments: Pick<LabelledImages, 'mean' | 'deviation'>,
): DataSet {
  const read = (start: string): IdxArray => {
    const file = `${start}-ubyte${ending}`;
    return readIdxFile(path.join(folder, file), pinnedHash(name, file));
  };
  const data = labelledImages(name, {
    training: { images: read('train-images-idx3'), labels: read('train-labels-idx1') },
    test: { images: read('t10k-images-idx3'), labels: read('t10k-labels-idx1') },
    ...moments,
  });
  const { classNames } = recordOf(name);
  return classNames === undefined ? data : { ...data, classNames };
}

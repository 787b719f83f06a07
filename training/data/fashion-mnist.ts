import path from 'node:path';
import type { DataSet } from './data-set.js';
import { readIdxFile } from './idx-file.js';
import type { IdxArray } from './idx-file.js';
import { labelledImages } from './mnist.js';

/** Hashes of the files of Fashion-MNIST, gzipped as its authors published them. */
export const fashionMnistHashes = {
  'train-images-idx3-ubyte.gz': 'b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7',
  'train-labels-idx1-ubyte.gz': '0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056',
  't10k-images-idx3-ubyte.gz': 'cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa',
  't10k-labels-idx1-ubyte.gz': '8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05',
} as const;

const classNames = [
  ...['T-shirt/top', 'trouser', 'pullover', 'dress', 'coat'],
  ...['sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'],
];

/** Fashion-MNIST from a folder: 60,000 grey images of 28 × 28 for training, then 10,000 for testing. */
export function readFashionMnist(folder: string): DataSet {
  const read = (name: keyof typeof fashionMnistHashes): IdxArray =>
    readIdxFile(path.join(folder, name), fashionMnistHashes[name]);
  const data = labelledImages('fashion-mnist', {
    training: { images: read('train-images-idx3-ubyte.gz'), labels: read('train-labels-idx1-ubyte.gz') },
    test: { images: read('t10k-images-idx3-ubyte.gz'), labels: read('t10k-labels-idx1-ubyte.gz') },
    mean: 0.286,
    deviation: 0.353,
  });
  return { ...data, classNames };
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { DataSet } from './data-set.js';
import { pinnedHash, recordOf } from './data-set-record.js';
import { fileHash, refusalOf } from './number-array.js';
import { PixelMoments } from './pixel-moments.js';

const { imageShape, classes } = recordOf('digits');
const [side] = imageShape;
const darkest = 16;

/**
 * The handwritten digits of the UCI repository from a folder: 1,797 images of 8 × 8 with 17 grey levels, brought to
 * 0 … 255; none of them is set apart for testing.
 */
export function readDigits(folder: string): DataSet {
  const file = path.join(folder, 'digits.csv.gz');
  const hash = fileHash(file, pinnedHash('digits', 'digits.csv.gz'));
  const rows = gunzipSync(readFileSync(file)).toString('latin1').trim().split('\n');
  const images = new Uint8Array(rows.length * side * side);
  const labels = new Int32Array(rows.length);
  rows.forEach((row, i) => {
    const numbers = row.split(',').map(Number);
    if (numbers.length !== side * side + 1) refusalOf(file)(`has ${numbers.length} numbers in row ${i + 1}`);
    labels[i] = numbers.pop() ?? 0;
    numbers.forEach((level, pixel) => {
      images[i * side * side + pixel] = Math.floor((level * 255) / darkest + 0.5);
    });
  });
  const moments = new PixelMoments();
  moments.add(images);
  return {
    name: 'digits',
    hash,
    classes,
    imageShape,
    images,
    labels,
    testFrom: null,
    ...moments.result(),
  };
}

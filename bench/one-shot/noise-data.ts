import { readFileSync } from 'node:fs';
import type { DataSet } from '../../training/index.js';
import type { MixtureTask } from './task.js';

/** The images and labels of a task. */
export function readNoise({ images, labels, imageShape, mean, deviation }: MixtureTask): DataSet {
  const { buffer, byteOffset, length } = readFileSync(labels);
  return {
    ...{ name: 'noise', hash: 'noise', classes: 10, imageShape, testFrom: null, mean, deviation },
    labels: new Int32Array(buffer.slice(byteOffset, byteOffset + length)),
    images: new Uint8Array(readFileSync(images)),
  };
}

import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import { isStreamed, openDataSet, splitData, TrainingError } from '../../training/index.js';
import type { DataSet, Split } from '../../training/index.js';
import type { Setting } from './setting.js';

/** Images in memory with their fixed split. */
export interface SmallImages {
  readonly data: DataSet;
  readonly split: Split;
}

/** A data set of grey images whose blocks of 2 × 2 pixels are averaged, split as the setting says. */
export async function smallImages({ data: name, images }: Setting): Promise<SmallImages> {
  const opened = await openDataSet(name);
  if (isStreamed(opened)) throw new Error(`${name} does not fit into memory: free some.`);
  const data = averaged(opened);
  const { training, validation, test } = splitData(
    data,
    { training: images.training, validation: images.validation },
    fork(rngFromSeed(0), 'split'),
  );
  return { data, split: { training, validation, test: test.slice(0, images.test) } };
}

/** Fashion-MNIST where it can be had, else MNIST, and a line that says so. */
export async function availableData(): Promise<Setting['data']> {
  try {
    await openDataSet('fashion-mnist');
    return 'fashion-mnist';
  } catch (error) {
    if (!(error instanceof TrainingError)) throw error;
    console.error(`MNIST takes the place of Fashion-MNIST, which cannot be had here: ${error.message}`);
    return 'mnist';
  }
}

/** Grey images of half the height and width, each pixel the mean of a block of 2 × 2, halves rounded up. */
export function averaged(data: DataSet): DataSet {
  const [height, width, channels] = data.imageShape;
  if (channels !== 1 || height % 2 !== 0 || width % 2 !== 0)
    throw new Error(`${data.name} has no grey images of even height and width, which could be averaged.`);
  const [rows, columns] = [height / 2, width / 2];
  const images = new Uint8Array(data.labels.length * rows * columns);
  for (let place = 0; place < images.length; place += 1) {
    const image = Math.floor(place / (rows * columns));
    const row = Math.floor(place / columns) % rows;
    const from = (image * height + 2 * row) * width + 2 * (place % columns);
    const at = (offset: number): number => data.images[from + offset] ?? 0;
    images[place] = Math.floor((at(0) + at(1) + at(width) + at(width + 1) + 2) / 4);
  }
  const counted = images.subarray(0, (data.testFrom ?? data.labels.length) * rows * columns);
  const mean = counted.reduce((sum, pixel) => sum + pixel / 255, 0) / counted.length;
  const square = counted.reduce((sum, pixel) => sum + (pixel / 255 - mean) ** 2, 0) / counted.length;
  return {
    ...data,
    name: `${data.name}, averaged`,
    hash: `${data.hash}, averaged`,
    imageShape: [rows, columns, 1],
    ...{ images, mean, deviation: Math.sqrt(square) },
  };
}

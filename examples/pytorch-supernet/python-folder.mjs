import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder, freeBytes } from '../../setup/folders.mjs';

const execute = promisify(execFile);
const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url));

/** What fetching and unpacking take on the disk, most of it the CUDA libraries without which PyTorch does not import. */
const gigabytesNeeded = 9;

/**
 * The folder of a Python with PyTorch, in a virtual environment in the user's cache that is made once for each list of
 * requirements. Throws an error of one sentence where it cannot be made.
 */
export async function pythonFolder() {
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex');
  const parent = path.join(cacheFolder(), 'examples');
  const folder = path.join(parent, `pytorch-${hash.slice(0, 16)}`);
  const bin = path.join(folder, 'bin');
  if (existsSync(path.join(folder, 'complete'))) return bin;
  const free = freeBytes(parent) / 1e9;
  if (free < gigabytesNeeded) {
    throw new Error(
      `it needs ${gigabytesNeeded} GB on the disk of ${parent}, which has ${free.toFixed(1)} GB left.`,
    );
  }
  console.log(
    `making a virtual environment with PyTorch in ${folder}: up to ${gigabytesNeeded} GB on the disk`,
  );
  await mkdir(parent, { recursive: true });
  // On the same disk as the environment, which the check was about.
  const temporary = await mkdtemp(path.join(parent, 'downloads-'));
  try {
    await rm(folder, { recursive: true, force: true });
    await execute('python3', ['-m', 'venv', folder]);
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
    const pinned = [
      '--no-cache-dir',
      '--require-hashes',
      '--only-binary',
      ':all:',
      '--requirement',
      requirements,
    ];
    const python = path.join(bin, 'python3');
    await execute(python, [...install, ...pinned], { env: { ...process.env, TMPDIR: temporary } });
    await execute(python, ['-c', 'import torch']);
    // The mark comes last, and by rename: an environment that was cut short is made again.
    await rename(await mkdtemp(path.join(folder, 'done-')), path.join(folder, 'complete'));
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    throw new Error(
      `it could not be installed into ${folder} (${reason}): it needs Python 3.11 or later with venv, and the package index.`,
      { cause: error },
    );
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return bin;
}

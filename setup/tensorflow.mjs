import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { moveIntoPlace, removeAbandoned } from './cached-folder.mjs';
import { hashFile } from './file-hash.mjs';
import { cacheFolder, freeBytes } from './folders.mjs';
import { isMainModule, runAsScript, SetupProblem } from './setup-problem.mjs';
import { findOnPath, lastLine, runProgram } from './subprocess.mjs';
import { installTfjsPackage, tfjsFolder } from './tfjs-package.mjs';

/** Version of the TensorFlow libraries. */
export const tensorflowVersion = '2.21.0';

const require = createRequire(import.meta.url);
const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const platform = `${process.platform}-${process.arch}`;
const libraryNames = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

// The downloads for each kind of machine. The libraries do not depend on the Python that the wheel is for, so pip is
// asked for one wheel whatever Python there is.
const builds = {
  cpu: {
    package: 'tensorflow-cpu',
    requirements: file('./tensorflow.requirements.txt'),
    megabytes: 274,
    // Wheel and unpacked libraries are on the disk together for a moment.
    bytesNeeded: 1.3e9,
    sources: [file('./tensorflow-session.cc')],
    linkerFlags: ['-Wl,--wrap=TF_NewSessionOptions'],
  },
  gpu: {
    package: 'tensorflow',
    requirements: file('./tensorflow-gpu.requirements.txt'),
    // Most of it are the CUDA libraries.
    megabytes: 3339,
    bytesNeeded: 11e9,
    // Sessions rewrite graphs as TensorFlow does by default, because on a GPU another layout of images pays.
    sources: [],
    linkerFlags: [],
  },
};

// Run by Python: unpacks the libraries and the headers that the binding needs into the current folder, and from wheels of
// NVIDIA's the libraries.
const unpackScript = `
import os, shutil, sys, zipfile
libraries = ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2')
headers = ('tensorflow/c/', 'tensorflow/core/platform/', 'tsl/platform/', 'xla/tsl/')
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        if name in libraries or name.startswith(tuple('tensorflow/include/' + each for each in headers)):
            wheel.extract(name)
        elif name.startswith('nvidia/') and '/lib/' in name and '.so' in os.path.basename(name):
            os.makedirs('nvidia', exist_ok=True)
            with wheel.open(name) as source, open(os.path.join('nvidia', os.path.basename(name)), 'wb') as target:
                shutil.copyfileobj(source, target)
`;

const compilerFlags = [
  ...['-std=c++17', '-O2', '-fPIC', '-shared'],
  ...['-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding'],
];
// The binding is found both where it is cached and where it is linked to.
const runPaths = ['-Wl,-rpath,$ORIGIN/../../lib', '-Wl,-rpath,$ORIGIN/../../deps/lib'];

/** Size in megabytes of what is fetched for GPUs. */
export const gpuMegabytes = builds.gpu.megabytes;

/**
 * The build that `DURAMEN_TENSORFLOW` names; without it `gpu` on a machine with the NVIDIA driver's tools for which the
 * build for GPUs was fetched, else `cpu`.
 */
export function tensorflowKind(environment = process.env) {
  const named = namedBuild(environment);
  if (named !== undefined) return named;
  if (findOnPath('nvidia-smi', environment) === undefined) return 'cpu';
  return existsSync(path.join(tensorflowFolder(environment, 'gpu'), 'libraries.json')) ? 'gpu' : 'cpu';
}

function namedBuild({ DURAMEN_TENSORFLOW: name }) {
  if (name === undefined || name === '') return undefined;
  if (Object.hasOwn(builds, name)) return name;
  throw new SetupProblem(
    `DURAMEN_TENSORFLOW names the build of TensorFlow that is used, cpu or gpu, and not "${name}": change it or unset it.`,
  );
}

/** The folder of the cached libraries, headers and compiled bindings of a kind, by default that of this machine. */
export function tensorflowFolder(environment = process.env, kind = tensorflowKind(environment)) {
  return path.join(cacheFolder(environment), 'tensorflow', `${tensorflowVersion}-${kind}`);
}

/** Names of the GPUs that `nvidia-smi` lists, or why there is none. */
export async function findGpus(environment = process.env) {
  const program = findOnPath('nvidia-smi', environment);
  if (program === undefined) return { kind: 'none', reason: 'nvidia-smi is not on PATH' };
  const query = ['--query-gpu=name', '--format=csv,noheader'];
  const { code, output } = await runProgram(program, query, { environment });
  const names = output.split('\n').filter((line) => line.trim() !== '');
  if (code === 0 && names.length > 0) return { kind: 'found', names };
  return { kind: 'none', reason: `nvidia-smi lists none (${lastLine(output)})` };
}

/**
 * Looks for the TensorFlow libraries and the compiled binding without fetching or making anything. Each is
 * `undefined` or why it cannot be used; `thorough` hashes the libraries instead of comparing their sizes.
 */
export async function findTensorflow(options = {}) {
  const { environment = process.env, thorough = false } = options;
  const kind = options.kind ?? tensorflowKind(environment);
  const folder = tensorflowFolder(environment, kind);
  const library = await libraryProblem(folder, thorough);
  if (library !== undefined) return { folder, library, binding: library };
  return { folder, library, binding: await bindingProblem(folder, kind, environment) };
}

async function libraryProblem(folder, thorough) {
  let recorded;
  try {
    recorded = JSON.parse(readFileSync(path.join(folder, 'libraries.json'), 'utf8'));
  } catch {
    return `there is none in ${folder}`;
  }
  for (const name of new Set([...libraryNames, ...Object.keys(recorded)])) {
    const library = path.join(folder, 'lib', name);
    const damaged = `${library} is damaged`;
    if (!existsSync(library) || statSync(library).size !== recorded[name]?.bytes) return damaged;
    if (thorough && (await hashFile(library)) !== recorded[name]?.sha256) return damaged;
  }
  return undefined;
}

async function bindingProblem(folder, kind, environment) {
  const tfjs = tfjsFolder(environment);
  if (tfjs === undefined) return 'the sources of its binding are not there';
  const place = bindingFolder(folder, kind, tfjs);
  const problem = await compiledProblem(place);
  if (problem !== undefined) return problem;
  for (const [link, target] of links(tfjs, folder, place)) {
    if (linkTarget(link) !== target) return `${link} does not lead to ${target}`;
  }
  return undefined;
}

async function compiledProblem(place) {
  const binding = path.join(place, 'tfjs_binding.node');
  if (!existsSync(binding)) return `it is not compiled (${binding} is not there)`;
  const recorded = path.join(place, 'tfjs_binding.sha256');
  const hash = existsSync(recorded) ? readFileSync(recorded, 'utf8').trim() : '';
  return (await hashFile(binding)) === hash ? undefined : `${binding} is damaged`;
}

// Compiled bindings are told apart by everything they are made from.
function bindingFolder(folder, kind, tfjs) {
  const flags = [...compilerFlags, ...builds[kind].linkerFlags];
  const hash = createHash('sha256').update(JSON.stringify([tensorflowVersion, flags, runPaths]));
  for (const source of [path.join(tfjs, 'package.json'), ...bindingSources(kind, tfjs)]) {
    hash.update(readFileSync(source));
  }
  hash.update(readFileSync(require.resolve('node-api-headers/package.json')));
  return path.join(folder, 'bindings', hash.digest('hex').slice(0, 16));
}

function bindingSources(kind, tfjs) {
  const ofPackage = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => path.join(tfjs, 'binding', name));
  return [...ofPackage, ...builds[kind].sources];
}

// Where the npm package looks for its native parts.
function links(tfjs, folder, place) {
  return [
    [path.join(tfjs, 'deps'), folder],
    [path.join(tfjs, 'lib', 'napi-v8'), place],
  ];
}

function linkTarget(link) {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

/**
 * Makes native TensorFlow usable: fetches the pinned libraries into the user's cache, compiles the binding once
 * and links both into the npm package. What is there already is only checked; after that no network is needed. With
 * `gpu` it is the build for GPUs, unless `DURAMEN_TENSORFLOW` names another one, or there is no GPU or the build cannot be
 * had: then it calls `say` with the reason.
 */
export async function installTensorflow(options = {}) {
  const { environment = process.env, say = () => {}, gpu = false } = options;
  if (!gpu || namedBuild(environment) !== undefined) {
    return installBuild(tensorflowKind(environment), environment, say);
  }
  const gpus = await findGpus(environment);
  if (gpus.kind === 'found') {
    try {
      return await installBuild('gpu', environment, say);
    } catch (error) {
      if (!(error instanceof SetupProblem)) throw error;
      say(`warning: trainings will run on processors. ${error.message}`);
    }
  } else {
    say(`warning: trainings will run on processors, because there is no GPU: ${gpus.reason}.`);
  }
  return installBuild('cpu', environment, say);
}

async function installBuild(kind, environment, say) {
  const found = await findTensorflow({ environment, kind });
  if (found.binding === undefined) return found.folder;
  const { folder } = found;

  if (platform !== 'linux-x64') {
    throw new SetupProblem(
      `There is no pinned TensorFlow for ${platform}: networks can be trained on Linux on x64 only, so run the trainer workers there.`,
    );
  }
  const tfjs = await installTfjsPackage({ environment, say });
  const place = bindingFolder(folder, kind, tfjs);
  const isCompiled = (await compiledProblem(place)) === undefined;
  const compiler = isCompiled ? undefined : findCompiler(environment);
  try {
    if (found.library !== undefined) await fetchLibraries({ kind, folder, environment, say });
    if (!isCompiled) await compileBinding({ kind, folder, place, tfjs, compiler, environment, say });
  } catch (error) {
    if (error instanceof SetupProblem) throw error;
    throw new SetupProblem(
      `TensorFlow could not be put into ${folder} (${error.message}): make that folder writable or point XDG_CACHE_HOME elsewhere.`,
    );
  }
  for (const [link, target] of links(tfjs, folder, place)) await replaceLink(link, target);
  const installed = await findTensorflow({ environment, kind });
  if (installed.binding !== undefined) {
    throw new SetupProblem(`TensorFlow was installed but cannot be used: ${installed.binding}.`);
  }
  return folder;
}

function findCompiler(environment) {
  const configured = environment.CXX;
  const names = configured ? [configured] : ['c++', 'g++', 'clang++'];
  const compiler = names
    .map((name) => (path.isAbsolute(name) && existsSync(name) ? name : findOnPath(name, environment)))
    .find((program) => program !== undefined);
  if (compiler !== undefined) return compiler;
  throw new SetupProblem(
    configured
      ? `TensorFlow's binding has to be compiled, but CXX names ${configured}, which is not on PATH: install it or unset CXX.`
      : "TensorFlow's binding has to be compiled, but there is no C++ compiler on PATH: install one (on Debian: apt install g++).",
  );
}

async function fetchLibraries({ kind, folder, environment, say }) {
  const python = findOnPath('python3', environment);
  if (python === undefined) {
    throw new SetupProblem(
      "TensorFlow is fetched by Python's pip, but there is no python3 on PATH: install Python 3 with pip.",
    );
  }
  const pip = await runProgram(python, ['-m', 'pip', '--version'], { environment });
  if (pip.code !== 0) {
    throw new SetupProblem(
      `TensorFlow is fetched by Python's pip, but ${python} has no pip: install pip (on Debian: apt install python3-pip).`,
    );
  }
  const build = builds[kind];
  const parent = path.dirname(folder);
  if (freeBytes(parent) < build.bytesNeeded) {
    throw new SetupProblem(
      `TensorFlow needs ${build.bytesNeeded / 1e9} GB in ${parent}, but the disk has less: make room there or point XDG_CACHE_HOME to another disk.`,
    );
  }
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const temporary = await mkdtemp(path.join(parent, '.install-'));
  try {
    say(`fetching TensorFlow ${tensorflowVersion} (${build.megabytes} MB) into ${folder}`);
    const wheels = await downloadWheels({ python, temporary, build, environment });
    const ready = await unpackWheels({ python, temporary, wheels, environment });
    await moveIntoPlace(ready, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function downloadWheels({ python, temporary, build, environment }) {
  const wheels = path.join(temporary, 'wheels');
  const { code, output } = await runProgram(
    python,
    [
      ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-input', '--no-cache-dir'],
      ...['--no-deps', '--only-binary', ':all:', '--python-version', '3.11'],
      // Wheels name the oldest C library that they run with; the newest of these is what Duramen asks for.
      ...['27', '25'].flatMap((minor) => ['--platform', `manylinux_2_${minor}_x86_64`]),
      ...['--platform', 'manylinux2014_x86_64', '--require-hashes', '--requirement', build.requirements],
      ...['--dest', wheels],
    ],
    { environment: { ...environment, TMPDIR: temporary }, folder: temporary },
  );
  if (code !== 0) throw new SetupProblem(downloadFailure(build.package, output));
  const fetched = (await readdir(wheels)).filter((name) => name.endsWith('.whl'));
  if (fetched.length === 0) {
    throw new SetupProblem(`Python's pip fetched no wheel of ${build.package}: try again with a newer pip.`);
  }
  return fetched.map((name) => path.join(wheels, name));
}

function downloadFailure(name, output) {
  if (/No space left on device/i.test(output)) {
    return 'The disk became full while TensorFlow was fetched: make room there or point XDG_CACHE_HOME to another disk.';
  }
  if (/DO NOT MATCH THE HASHES/i.test(output)) {
    return `Python's pip was handed a ${name} ${tensorflowVersion} with another hash than the pinned one and it was thrown away: check which package index pip uses.`;
  }
  return `Python's pip could not fetch ${name} ${tensorflowVersion} (${lastLine(output)}): connect to the network and try again.`;
}

async function unpackWheels({ python, temporary, wheels, environment }) {
  const unpacked = path.join(temporary, 'unpacked');
  await mkdir(unpacked);
  for (const wheel of wheels) {
    const { code, output } = await runProgram(python, ['-c', unpackScript, wheel], {
      environment,
      folder: unpacked,
    });
    if (code !== 0) {
      throw new SetupProblem(
        `The wheel of TensorFlow could not be unpacked (${lastLine(output)}): make room in ${temporary} and try again.`,
      );
    }
    await rm(wheel);
  }
  const ready = path.join(temporary, 'ready');
  const lib = path.join(ready, 'lib');
  await mkdir(lib, { recursive: true });
  await rename(path.join(unpacked, 'tensorflow', 'include'), path.join(ready, 'include'));
  const recorded = {};
  const ofNvidia = path.join(unpacked, 'nvidia');
  const sources = [
    ...libraryNames.map((name) => path.join(unpacked, 'tensorflow', name)),
    // Beside TensorFlow's libraries, because those look there for the libraries that they open.
    ...(existsSync(ofNvidia) ? await readdir(ofNvidia) : []).map((name) => path.join(ofNvidia, name)),
  ];
  for (const source of sources) {
    const name = path.basename(source);
    const library = path.join(lib, name);
    await rename(source, library);
    recorded[name] = { bytes: statSync(library).size, sha256: await hashFile(library) };
  }
  await symlink('libtensorflow_cc.so.2', path.join(lib, 'libtensorflow.so'));
  await symlink('libtensorflow_cc.so.2', path.join(lib, 'libtensorflow.so.2'));
  await symlink('libtensorflow_framework.so.2', path.join(lib, 'libtensorflow_framework.so'));
  await writeFile(path.join(ready, 'libraries.json'), `${JSON.stringify(recorded, null, 2)}\n`);
  return ready;
}

async function compileBinding({ kind, folder, place, tfjs, compiler, environment, say }) {
  const parent = path.dirname(place);
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const temporary = await mkdtemp(path.join(parent, '.install-'));
  try {
    say("compiling TensorFlow's binding (about 10 s)");
    const ready = path.join(temporary, 'ready');
    await mkdir(ready);
    const binding = path.join(ready, 'tfjs_binding.node');
    const lib = path.join(folder, 'lib');
    const headers = require('node-api-headers').include_dir;
    const { code, output } = await runProgram(
      compiler,
      [
        ...compilerFlags,
        ...['-I', path.join(folder, 'include'), '-I', headers],
        ...bindingSources(kind, tfjs),
        ...builds[kind].linkerFlags,
        ...['-o', binding, `-L${lib}`, '-ltensorflow', '-ltensorflow_framework', ...runPaths],
      ],
      { environment: { ...environment, TMPDIR: temporary }, folder: temporary },
    );
    if (code !== 0) {
      const detail = output.split('\n').find((line) => /error/i.test(line)) ?? lastLine(output);
      throw new SetupProblem(
        `TensorFlow's binding could not be compiled by ${compiler} (${detail.trim()}): install a C++17 compiler with its standard library (on Debian: apt install g++).`,
      );
    }
    await writeFile(path.join(ready, 'tfjs_binding.sha256'), `${await hashFile(binding)}\n`);
    await moveIntoPlace(ready, place);
    await tryBinding(place, environment);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

// Removes a binding that does not load here, such as with an older C library: later trainings would fail on it.
async function tryBinding(place, environment) {
  const script = `const b = require(${JSON.stringify(path.join(place, 'tfjs_binding.node'))}); console.log(b.TF_Version);`;
  const { code, output } = await runProgram(process.execPath, ['-e', script], {
    environment: { ...environment, TF_CPP_MIN_LOG_LEVEL: '3' },
  });
  if (code === 0 && output.includes(tensorflowVersion)) return;
  await rm(place, { recursive: true, force: true });
  const detail = output.split('\n').find((line) => /Error/.test(line)) ?? lastLine(output);
  throw new SetupProblem(
    `TensorFlow ${tensorflowVersion} does not load on this machine (${detail.trim()}): use a Linux with glibc 2.27 or later and a processor with AVX.`,
  );
}

async function replaceLink(link, target) {
  if (linkTarget(link) === target) return;
  await mkdir(path.dirname(link), { recursive: true });
  const isFolder = lstatSync(link, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (isFolder) await rm(link, { recursive: true, force: true });
  const fresh = `${link}.${process.pid}`;
  await rm(fresh, { force: true });
  await symlink(target, fresh);
  await rename(fresh, link);
}

if (isMainModule(import.meta.url)) {
  await runAsScript(async () => {
    const folder = await installTensorflow({ say: (line) => console.log(`duramen: ${line}`) });
    console.log(`duramen: TensorFlow ${tensorflowVersion} in ${folder}`);
  });
}

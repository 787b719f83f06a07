import { existsSync } from 'node:fs';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import {
  findGpus,
  findTensorflow,
  installTensorflow,
  tensorflowFolder,
  tensorflowKind,
} from '../../setup/tensorflow.mjs';
import { fillTensorflowCache } from '../support/tensorflow-cache.js';
import { writeShellScript } from '../support/shell-script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** An environment with an empty cache and a PATH of one folder that is empty too. */
async function emptyEnvironment() {
  const folder = temporaryFolder();
  const bin = path.join(folder, 'bin');
  await writeShellScript(bin, 'true', 'exit 0');
  return { bin, environment: { PATH: bin, XDG_CACHE_HOME: path.join(folder, 'cache'), HOME: folder } };
}

/** No GPU is needed: a script answers as a machine with two of them. */
function standInForNvidiaSmi(bin: string) {
  return writeShellScript(bin, 'nvidia-smi', 'echo "Stand-in A"; echo "Stand-in B"');
}

describe('finding TensorFlow', () => {
  test('an empty cache has neither library nor binding', async () => {
    const { environment } = await emptyEnvironment();
    const { library, binding } = await findTensorflow({ environment });
    expect(library).toContain('there is none in');
    expect(binding).toBe(library);
  });

  test('a library without a binding is told apart, and a truncated or changed one is damaged', async () => {
    const { environment } = await emptyEnvironment();
    const folder = await fillTensorflowCache(environment);
    expect(await findTensorflow({ environment, thorough: true })).toMatchObject({
      library: undefined,
      binding: expect.stringContaining('it is not compiled'),
    });
    const library = path.join(folder, 'lib', 'libtensorflow_framework.so.2');
    await writeFile(library, 'libtensorflow_framework.so.3');
    expect((await findTensorflow({ environment })).library).toBeUndefined();
    expect((await findTensorflow({ environment, thorough: true })).library).toContain('is damaged');
    await truncate(library, 5);
    expect((await findTensorflow({ environment })).library).toContain('is damaged');
  });

  test('a machine with nvidia-smi uses the build for GPUs once it was fetched', async () => {
    const { bin, environment } = await emptyEnvironment();
    await fillTensorflowCache(environment, 'gpu');
    expect(tensorflowKind(environment)).toBe('cpu');
    await standInForNvidiaSmi(bin);
    expect(tensorflowKind(environment)).toBe('gpu');
    expect(path.basename(tensorflowFolder(environment))).toBe('2.21.0-gpu');
    const { library } = await findTensorflow({ environment });
    expect(library).toBeUndefined();
    await truncate(path.join(tensorflowFolder(environment), 'lib', 'libcudart.so.12'), 3);
    expect((await findTensorflow({ environment })).library).toMatch(/libcudart\.so\.12 is damaged/);
  });

  test('DURAMEN_TENSORFLOW names the build, whatever the machine has', async () => {
    const { bin, environment } = await emptyEnvironment();
    expect(tensorflowKind({ ...environment, DURAMEN_TENSORFLOW: 'gpu' })).toBe('gpu');
    await fillTensorflowCache(environment, 'gpu');
    await standInForNvidiaSmi(bin);
    expect(tensorflowKind({ ...environment, DURAMEN_TENSORFLOW: 'cpu' })).toBe('cpu');
    expect(() => tensorflowKind({ ...environment, DURAMEN_TENSORFLOW: 'tpu' })).toThrow(
      /names the build of TensorFlow that is used, cpu or gpu, and not "tpu": change it or unset it\.$/,
    );
  });

  test('nvidia-smi on its own changes nothing', async () => {
    const { bin, environment } = await emptyEnvironment();
    await standInForNvidiaSmi(bin);
    expect(path.basename(tensorflowFolder(environment))).toBe('2.21.0-cpu');
  });

  test('GPUs are those that a stand-in for nvidia-smi lists', async () => {
    const { bin, environment } = await emptyEnvironment();
    expect(await findGpus(environment)).toEqual({ kind: 'none', reason: 'nvidia-smi is not on PATH' });
    await standInForNvidiaSmi(bin);
    expect(await findGpus(environment)).toEqual({ kind: 'found', names: ['Stand-in A', 'Stand-in B'] });
    await writeShellScript(bin, 'nvidia-smi', 'echo "no driver"; exit 9');
    expect(await findGpus(environment)).toEqual({
      kind: 'none',
      reason: 'nvidia-smi lists none (no driver)',
    });
  });

  test('the libraries for GPUs are pinned, one version and one hash each', async () => {
    const file = fileURLToPath(new URL('../../setup/tensorflow-gpu.requirements.txt', import.meta.url));
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => !/^(#|$)/.test(line));
    const pins = lines.join('\n').match(/^[a-z0-9-]+==[0-9.]+ \\\n {4}--hash=sha256:[0-9a-f]{64}$/gm) ?? [];
    expect(pins).toHaveLength(lines.length / 2);
    expect(pins.filter((pin) => pin.startsWith('tensorflow=='))).toHaveLength(1);
    for (const name of ['cublas', 'cuda-runtime', 'cudnn', 'cufft', 'cusolver', 'cusparse', 'nccl']) {
      expect(pins.filter((pin) => pin.startsWith(`nvidia-${name}-cu12==`))).toHaveLength(1);
    }
  });
});

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('installing TensorFlow', () => {
  const install = (environment: Record<string, string>) => installTensorflow({ environment });

  test('without a compiler, Python or pip one sentence says what to install, and nothing is fetched', async () => {
    const { bin, environment } = await emptyEnvironment();
    await expect(install(environment)).rejects.toThrow(
      /there is no C\+\+ compiler on PATH: install one \(on Debian: apt install g\+\+\)\.$/,
    );
    await expect(install({ ...environment, CXX: 'strange-c++' })).rejects.toThrow(/CXX names strange-c\+\+/);
    await writeShellScript(bin, 'c++', 'exit 1');
    await expect(install(environment)).rejects.toThrow(/no python3 on PATH: install Python 3 with pip\.$/);
    await writeShellScript(bin, 'python3', 'exit 1');
    await expect(install(environment)).rejects.toThrow(/has no pip: install pip/);
    expect(existsSync(environment.XDG_CACHE_HOME)).toBe(false);
  });

  test('a download that fails leaves nothing behind', async () => {
    const { bin, environment } = await emptyEnvironment();
    await writeShellScript(bin, 'c++', 'exit 1');
    const failing = (line: string) =>
      writeShellScript(bin, 'python3', `case "$*" in *--version) exit 0;; esac; echo "${line}"; exit 1`);
    await failing('ERROR: No matching distribution');
    await expect(install(environment)).rejects.toThrow(
      /could not fetch tensorflow-cpu 2\.21\.0 \(ERROR: No matching distribution\): connect to the network/,
    );
    await failing('THESE PACKAGES DO NOT MATCH THE HASHES');
    await expect(install(environment)).rejects.toThrow(/another hash than the pinned one/);
    await failing('OSError: [Errno 28] No space left on device');
    await expect(install(environment)).rejects.toThrow(/The disk became full/);
    expect(await readdir(path.join(environment.XDG_CACHE_HOME, 'duramen', 'tensorflow'))).toEqual([]);
  });

  test('asked for GPUs, it warns and takes processors where there is no GPU or its libraries cannot be had', async () => {
    const { bin, environment } = await emptyEnvironment();
    await writeShellScript(bin, 'c++', 'exit 1');
    const asked = path.join(bin, 'asked');
    const python = `case "$*" in *--version) exit 0;; esac; echo "$*" >> ${asked}; echo "no network"; exit 1`;
    await writeShellScript(bin, 'python3', python);
    const said: string[] = [];
    const installForGpu = () => installTensorflow({ environment, gpu: true, say: (line) => said.push(line) });
    await expect(installForGpu()).rejects.toThrow(/could not fetch tensorflow-cpu/);
    expect(said[0]).toMatch(/^warning: trainings will run on processors, .* nvidia-smi is not on PATH\.$/);
    said.length = 0;
    await standInForNvidiaSmi(bin);
    await expect(installForGpu()).rejects.toThrow(/could not fetch tensorflow-cpu/);
    expect(said).toEqual([
      expect.stringMatching(/^fetching TensorFlow 2\.21\.0 \(3339 MB\) into .*2\.21\.0-gpu$/),
      expect.stringMatching(
        /^warning: trainings will run on processors\. .* could not fetch tensorflow 2\.21\.0/,
      ),
      expect.stringMatching(/^fetching TensorFlow 2\.21\.0 \(274 MB\) into .*2\.21\.0-cpu$/),
    ]);
    const lists = (await readFile(asked, 'utf8')).match(/\S+requirements\.txt/g) ?? [];
    expect(lists.map((each) => path.basename(each))).toEqual([
      'tensorflow.requirements.txt',
      'tensorflow-gpu.requirements.txt',
      'tensorflow.requirements.txt',
    ]);
  });

  test('a compiler that fails is told with its error, and nothing is linked', async () => {
    const { bin, environment } = await emptyEnvironment();
    const folder = await fillTensorflowCache(environment);
    await writeShellScript(bin, 'c++', 'echo "fatal error: \'vector\' file not found"; exit 1');
    await expect(install(environment)).rejects.toThrow(
      /could not be compiled by .*c\+\+ \(fatal error: 'vector' file not found\): install a C\+\+17 compiler/,
    );
    expect(await readdir(path.join(folder, 'bindings'))).toEqual([]);
  });

  test('a binding that does not load is thrown away', async () => {
    const { bin, environment } = await emptyEnvironment();
    const folder = await fillTensorflowCache(environment);
    const script = 'while [ "$1" != -o ]; do shift; done; echo "no library" > "$2"';
    await writeShellScript(bin, 'c++', script);
    await expect(install(environment)).rejects.toThrow(/TensorFlow 2\.21\.0 does not load on this machine/);
    expect(await readdir(path.join(folder, 'bindings'))).toEqual([]);
  });

  test('what is there is used without a compiler, Python or network', async ({ skip }) => {
    const found = await findTensorflow();
    if (found.binding !== undefined) throw new Error(found.binding);
    const cache = path.resolve(found.folder, '..', '..', '..');
    const said: string[] = [];
    const environment = { PATH: '/nowhere', XDG_CACHE_HOME: cache, HOME: '/nowhere' };
    if (tensorflowFolder(environment) !== found.folder) skip('TensorFlow lies outside of the cache.');
    await installTensorflow({ environment, say: (line) => said.push(line) });
    expect(said).toEqual([]);
  });
});

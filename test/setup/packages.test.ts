import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, test, vi } from 'vitest';

import { installPackages, packagesProblem } from '../../setup/packages.mjs';
import { writeShellScript } from '../support/shell-script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

type LockedPackage = Record<string, unknown>;

const wanted: Record<string, LockedPackage> = {
  '': { name: 'project' },
  'node_modules/left': { version: '1.0.0', integrity: 'sha512-left' },
  'node_modules/left/node_modules/@scope/inner': { version: '2.0.0', integrity: 'sha512-inner' },
  'node_modules/native-other': {
    version: '3.0.0',
    integrity: 'sha512-other',
    optional: true,
    os: ['no-such-system'],
  },
  'node_modules/native-here': {
    version: '3.0.0',
    integrity: 'sha512-here',
    optional: true,
    os: [process.platform],
    cpu: [process.arch],
  },
};

/** A project whose packages are installed as the lock file says, but for what `change` does to npm's own list. */
async function project(change: (installed: Record<string, LockedPackage>) => void = () => {}) {
  const root = temporaryFolder();
  const installed = structuredClone(wanted);
  delete installed[''];
  delete installed['node_modules/native-other'];
  for (const location of Object.keys(installed)) {
    await mkdir(path.join(root, location), { recursive: true });
    await writeFile(path.join(root, location, 'package.json'), '{}');
  }
  change(installed);
  await writeFile(path.join(root, 'package-lock.json'), JSON.stringify({ packages: wanted }));
  await writeFile(
    path.join(root, 'node_modules', '.package-lock.json'),
    JSON.stringify({ packages: installed }),
  );
  return root;
}

describe('whether the packages are those of the lock file', () => {
  test('they are, without the optional ones of other machines', async () => {
    expect(packagesProblem(await project())).toBeUndefined();
  });

  test('not after an installation that was killed', async () => {
    const root = await project();
    await rm(path.join(root, 'node_modules', '.package-lock.json'));
    expect(packagesProblem(root)).toBe('the packages are not installed');
  });

  test('not when one was removed from the disk', async () => {
    const root = await project();
    await rm(path.join(root, 'node_modules/left/node_modules/@scope/inner'), { recursive: true });
    expect(packagesProblem(root)).toBe('@scope/inner is damaged');
  });

  test.each([
    ['is missing', 'node_modules/left', undefined, 'left is not installed'],
    [
      'has another version',
      'node_modules/left',
      { version: '1.0.1' },
      'left is not the one of the lock file',
    ],
    [
      'has other content',
      'node_modules/left',
      { integrity: 'sha512-x' },
      'left is not the one of the lock file',
    ],
    [
      'is the native part for this machine and missing',
      'node_modules/native-here',
      undefined,
      'native-here is not installed',
    ],
  ])('not when one %s', async (_, location, change, problem) => {
    const root = await project((installed) => {
      if (change === undefined) delete installed[location];
      else Object.assign(installed[location] ?? {}, change);
    });
    expect(packagesProblem(root)).toBe(problem);
  });
});

describe('installing the packages', () => {
  test('does nothing when they are there', async () => {
    const root = await project();
    const say = vi.fn();
    vi.stubEnv('PATH', temporaryFolder());
    vi.stubEnv('npm_execpath', undefined);
    await installPackages({ root, say });
    vi.unstubAllEnvs();
    expect(say).not.toHaveBeenCalled();
  });

  test('tells in one sentence what npm said when it fails', async () => {
    const root = await project();
    await rm(path.join(root, 'node_modules'), { recursive: true });
    const bin = temporaryFolder();
    await writeShellScript(
      bin,
      'npm',
      'echo "npm error code ENOTFOUND" >&2; echo "npm error network request failed" >&2; exit 1',
    );
    vi.stubEnv('PATH', bin);
    vi.stubEnv('npm_execpath', undefined);
    await expect(installPackages({ root })).rejects.toThrow(
      /"npm ci" .*\(network request failed\): connect to the network/,
    );
    vi.unstubAllEnvs();
  });
});

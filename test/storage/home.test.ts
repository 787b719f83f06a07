import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { duramenHome } from '../../storage/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

test('the home is DURAMEN_HOME, else the nearest .duramen upwards, else one in the working directory', () => {
  const folder = temporaryFolder();
  const inner = join(folder, 'a/b');
  mkdirSync(inner, { recursive: true });
  expect(duramenHome({ DURAMEN_HOME: '/data/duramen' }, inner)).toBe('/data/duramen');
  expect(duramenHome({ DURAMEN_HOME: 'local' }, inner)).toBe(join(inner, 'local'));
  expect(duramenHome({}, inner)).toBe(join(inner, '.duramen'));
  mkdirSync(join(folder, '.duramen'));
  expect(duramenHome({}, inner)).toBe(join(folder, '.duramen'));
  expect(duramenHome({ DURAMEN_HOME: '' }, inner)).toBe(join(folder, '.duramen'));
  mkdirSync(join(inner, '.duramen'));
  expect(duramenHome({}, inner)).toBe(join(inner, '.duramen'));
});

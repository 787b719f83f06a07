import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { duramenHome, FileBlobStore, prepareHome } from '../../storage/index.js';
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

describe('the modes of a home', () => {
  const modeOf = (path: string): number => statSync(path).mode & 0o777;

  test('a new one, and what is written into it, is its owner’s alone', async () => {
    const home = join(temporaryFolder(), 'new');
    await prepareHome(home);
    const store = new FileBlobStore(home);
    await store.put('journals/a/b', Buffer.from('x'));
    await store.putIfAbsent('artifacts/c', Buffer.from('x'));
    const folders = ['', 'journals', 'journals/a', 'artifacts'];
    expect(folders.map((name) => modeOf(join(home, name)))).toEqual(folders.map(() => 0o700));
    expect(['journals/a/b', 'artifacts/c'].map((name) => modeOf(join(home, name)))).toEqual([0o600, 0o600]);
  });

  test('one of a former build is closed to others; a folder that holds more keeps its mode', async () => {
    const folder = temporaryFolder();
    const [home, shared] = [join(folder, 'former'), join(folder, 'shared')];
    for (const each of [home, shared]) {
      mkdirSync(join(each, 'journals'), { recursive: true });
      writeFileSync(join(each, 'server.json'), '{}');
      chmodSync(each, 0o755);
      chmodSync(join(each, 'journals'), 0o755);
      chmodSync(join(each, 'server.json'), 0o644);
    }
    writeFileSync(join(shared, 'thesis.txt'), '');
    chmodSync(join(shared, 'thesis.txt'), 0o644);
    for (const each of [home, shared]) await prepareHome(each);
    const modes = (each: string): readonly number[] =>
      ['', 'journals', 'server.json'].map((name) => modeOf(join(each, name)));
    expect(modes(home)).toEqual([0o700, 0o700, 0o600]);
    expect(modes(shared)).toEqual([0o755, 0o700, 0o600]);
    expect(modeOf(join(shared, 'thesis.txt'))).toBe(0o644);
  });
});

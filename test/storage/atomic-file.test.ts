import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  makeFolderDurably,
  moveDurably,
  writeFileAtomically,
  writeFileAtomicallySync,
  writeFileIfAbsent,
} from '../../storage/atomic-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const writers = {
  'durable writing': (file: string, content: string) => writeFileAtomically(file, content, { durable: true }),
  'cheap writing': (file: string, content: string) => writeFileAtomically(file, content, { durable: false }),
  'writing without waiting': (file: string, content: string): Promise<void> =>
    new Promise((resolve) => {
      writeFileAtomicallySync(file, content);
      resolve();
    }),
};

test.each(Object.entries(writers))('%s replaces a file and leaves nothing else', async (_name, write) => {
  const folder = temporaryFolder();
  const file = join(folder, 'one');
  await write(file, 'first');
  await write(file, 'second');
  expect(readFileSync(file, 'utf8')).toBe('second');
  expect(readdirSync(folder)).toEqual(['one']);
});

test.each(Object.entries(writers))('%s that fails leaves the file as it was', async (_name, write) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'taken', 'inner'), { recursive: true });
  await expect(write(join(folder, 'taken'), 'a folder is here')).rejects.toThrow();
  await expect(write(join(folder, 'missing', 'file'), 'no folder')).rejects.toThrow('ENOENT');
  expect(readdirSync(folder)).toEqual(['taken']);
  expect(readdirSync(join(folder, 'taken'))).toEqual(['inner']);
});

test.each(Object.entries(writers))(
  'of many writers at the same time one is read whole: %s',
  async (_name, write) => {
    const folder = temporaryFolder();
    const file = join(folder, 'one');
    const contents = Array.from({ length: 8 }, (_, writer) => `${writer}`.repeat(50_000));
    await Promise.all(contents.map((content) => write(file, content)));
    expect(contents).toContain(readFileSync(file, 'utf8'));
    expect(readdirSync(folder)).toEqual(['one']);
  },
);

test('a file that is there is not written again', async () => {
  const folder = temporaryFolder();
  expect(await writeFileIfAbsent(join(folder, 'one'), 'first')).toBe(true);
  expect(await writeFileIfAbsent(join(folder, 'one'), 'second')).toBe(false);
  expect(readFileSync(join(folder, 'one'), 'utf8')).toBe('first');
  expect(readdirSync(folder)).toEqual(['one']);
});

test('folders are made with those around them, and moved with what is in them', async () => {
  const root = temporaryFolder();
  const deep = join(root, 'a', 'b', 'c');
  await makeFolderDurably(deep);
  await makeFolderDurably(deep);
  await writeFileAtomically(join(deep, 'file'), 'content', { durable: true });
  await moveDurably(join(root, 'a', 'b'), join(root, 'moved'));
  expect(readFileSync(join(root, 'moved', 'c', 'file'), 'utf8')).toBe('content');
  expect(readdirSync(join(root, 'a'))).toEqual([]);
});

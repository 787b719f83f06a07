import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FileBlobStore } from '../../storage/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | null): string | null =>
  value === null ? null : new TextDecoder().decode(value);

describe('blobs', () => {
  test('are written, replaced, written once, listed and deleted', async () => {
    const store = new FileBlobStore(join(temporaryFolder(), 'deep'));
    expect(await store.get('a/b')).toBe(null);
    expect(await store.list('a')).toEqual([]);
    await store.put('a/b', bytes('one'));
    await store.put('a/b', bytes('two'));
    expect(text(await store.get('a/b'))).toBe('two');
    expect(await store.putIfAbsent('a/b', bytes('three'))).toBe(false);
    expect(text(await store.get('a/b'))).toBe('two');
    expect(await store.putIfAbsent('a/=c/d.e', bytes(''))).toBe(true);
    expect(await store.list('a')).toEqual(['a/=c/d.e', 'a/b']);
    expect(await store.list('a/=c')).toEqual(['a/=c/d.e']);
    await store.delete('a/b');
    await store.delete('a/b');
    expect(await store.get('a/b')).toBe(null);
    // A key below a blob holds nothing.
    expect(await store.get('a/=c/d.e/f')).toBe(null);
  });

  test('of two writers one writes', async () => {
    const store = new FileBlobStore(temporaryFolder());
    const wrote = await Promise.all(
      Array.from({ length: 10 }, (_, writer) => store.putIfAbsent('one', bytes(`${writer}`.repeat(10_000)))),
    );
    expect(wrote.filter((one) => one).length).toBe(1);
    expect(text(await store.get('one'))).toBe(`${wrote.indexOf(true)}`.repeat(10_000));
    expect(readdirSync(store.root)).toEqual(['one']);
  });

  test('what a killed writer left is not seen', async () => {
    const store = new FileBlobStore(temporaryFolder());
    mkdirSync(join(store.root, 'a'));
    writeFileSync(join(store.root, 'a/.0123456789abcdef'), 'half');
    expect(await store.list('a')).toEqual([]);
    await store.put('a/b', bytes('whole'));
    expect(await store.list('a')).toEqual(['a/b']);
  });

  test('a write that fails leaves nothing behind', async () => {
    const store = new FileBlobStore(temporaryFolder());
    await store.put('a/b/c', bytes('inner'));
    await expect(store.put('a/b', bytes('a folder is here'))).rejects.toThrow();
    expect(readdirSync(join(store.root, 'a'))).toEqual(['b']);
    expect(await store.putIfAbsent('a/b', bytes('a folder is here'))).toBe(false);
    expect(readdirSync(join(store.root, 'a'))).toEqual(['b']);
  });

  test('keys that leave the folder or hide in it are refused', async () => {
    const parent = temporaryFolder();
    const store = new FileBlobStore(join(parent, 'root'));
    const keys = [
      '../x',
      'a/../../x',
      '/etc/passwd',
      'a//b',
      'a/',
      '',
      '.',
      '..',
      '.hidden',
      'a/.hidden',
      'a\\b',
      'a b',
      'ä',
      'a\n',
      'a\0b',
    ];
    for (const key of keys) {
      for (const attempt of [
        () => store.get(key),
        () => store.put(key, bytes('x')),
        () => store.putIfAbsent(key, bytes('x')),
        () => store.list(key),
        () => store.delete(key),
      ]) {
        await expect(attempt()).rejects.toThrow('is not a relative path');
      }
    }
    expect(existsSync(join(parent, 'x'))).toBe(false);
  });
});

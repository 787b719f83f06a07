import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256Hex } from '../../foundation/numbers/index.js';
import { FileBlobStore, SearchResultStore } from '../../storage/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const key = sha256Hex('content');

test('the first result under a key is kept', async () => {
  const store = new SearchResultStore<{ readonly value: number }>(new FileBlobStore(temporaryFolder()));
  expect(await store.get(key)).toBe(null);
  await store.put(key, { value: 1 });
  await store.put(key, { value: 2 });
  expect(await store.get(key)).toEqual({ value: 1 });
});

test('a damaged result is none, and the next one takes its place', async () => {
  const folder = temporaryFolder();
  const store = new SearchResultStore<{ readonly value: number }>(new FileBlobStore(folder));
  for (const damage of [
    '',
    '\n',
    'x\n{"value":1}',
    '{"value":1}',
    `${sha256Hex('{"value":1}')}\n{"value":2}`,
  ]) {
    await store.put(key, { value: 1 });
    writeFileSync(join(folder, 'search-results', key.slice(0, 2), key), damage);
    expect(await store.get(key)).toBe(null);
    await store.put(key, { value: 3 });
    expect(await store.get(key)).toEqual({ value: 3 });
  }
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256Hex } from '../../foundation/numbers/index.js';
import { artifactKey, ArtifactStore, FileBlobStore } from '../../storage/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const bytes = Uint8Array.from([1, 2, 3]);

test('artifacts are named by their hash and stored once', async () => {
  const store = new ArtifactStore(new FileBlobStore(temporaryFolder()));
  const hash = await store.put(bytes);
  expect(hash).toBe(sha256Hex(bytes));
  expect(await store.put(Uint8Array.from(bytes))).toBe(hash);
  expect(Uint8Array.from(await store.get(hash))).toEqual(bytes);
  expect(await store.has(hash)).toBe(true);
  expect((await store.get(await store.put(new Uint8Array()))).length).toBe(0);
});

test('what is missing or damaged is an error that says so; storing it again mends it', async () => {
  const folder = temporaryFolder();
  const store = new ArtifactStore(new FileBlobStore(folder));
  const missing = sha256Hex('missing');
  expect(await store.has(missing)).toBe(false);
  await expect(store.get(missing)).rejects.toThrow(`Artifact ${missing} is missing`);
  const hash = await store.put(bytes);
  writeFileSync(join(folder, artifactKey(hash)), 'other');
  await expect(store.get(hash)).rejects.toThrow(`Artifact ${hash} is damaged`);
  await store.put(bytes);
  expect(Uint8Array.from(await store.get(hash))).toEqual(bytes);
});

test('only hashes are keys', async () => {
  const store = new ArtifactStore(new FileBlobStore(temporaryFolder()));
  for (const wrong of ['', '../x', 'a'.repeat(63), 'A'.repeat(64), `${'a'.repeat(64)}\n`]) {
    await expect(store.get(wrong)).rejects.toThrow('is not the hash of an artifact');
  }
});

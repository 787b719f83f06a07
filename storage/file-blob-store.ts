import { readFile, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolderDurably, writeFileAtomically, writeFileIfAbsent } from './atomic-file.js';
import type { BlobStore } from './blob-store.js';
import { isMissingFile } from './missing-file.js';

const keyPattern = /^[A-Za-z0-9_=-][A-Za-z0-9._=-]*(\/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*$/;

/** Blobs as files of their owner below a folder, each written atomically and durably. */
export class FileBlobStore implements BlobStore {
  constructor(readonly root: string) {}

  /** The file that holds the key. */
  path(key: string): string {
    if (!keyPattern.test(key)) {
      throw new Error(`Storage key "${key}" is not a relative path of letters, digits and . _ - =.`);
    }
    return join(this.root, key);
  }

  async get(key: string): Promise<Uint8Array | null> {
    try {
      return await readFile(this.path(key));
    } catch (error) {
      if (isMissingFile(error)) return null;
      throw error;
    }
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const file = this.path(key);
    await makeFolderDurably(dirname(file));
    await writeFileAtomically(file, bytes, { durable: true, ownerOnly: true });
  }

  async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    const file = this.path(key);
    await makeFolderDurably(dirname(file));
    return writeFileIfAbsent(file, bytes);
  }

  async list(prefix: string): Promise<readonly string[]> {
    const keys: string[] = [];
    const visit = async (folder: string): Promise<void> => {
      let entries;
      try {
        entries = await readdir(join(this.root, folder), { withFileTypes: true });
      } catch (error) {
        if (isMissingFile(error)) return;
        throw error;
      }
      for (const entry of entries) {
        const key = `${folder}/${entry.name}`;
        if (entry.isDirectory()) await visit(key);
        // Half-written files begin with a dot.
        else if (!entry.name.startsWith('.')) keys.push(key);
      }
    };
    this.path(prefix);
    await visit(prefix);
    return keys.sort();
  }

  async delete(key: string): Promise<void> {
    await rm(this.path(key), { force: true });
  }
}

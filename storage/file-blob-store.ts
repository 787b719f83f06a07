import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobStore } from './blob-store.js';

const keyPattern = /^[A-Za-z0-9_=-][A-Za-z0-9._=-]*(\/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*$/;

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** Blobs as files below a folder; atomic by temporary file and rename (or link, to write only once). */
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
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const target = this.path(key);
    const temporary = await this.writeTemporary(target, bytes);
    try {
      await rename(temporary, target);
      await syncFolder(dirname(target));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    const target = this.path(key);
    const temporary = await this.writeTemporary(target, bytes);
    try {
      await link(temporary, target);
      await syncFolder(dirname(target));
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async list(prefix: string): Promise<readonly string[]> {
    const keys: string[] = [];
    const visit = async (folder: string): Promise<void> => {
      let entries;
      try {
        entries = await readdir(join(this.root, folder), { withFileTypes: true });
      } catch (error) {
        if (isMissing(error)) return;
        throw error;
      }
      for (const entry of entries) {
        const key = `${folder}/${entry.name}`;
        if (entry.isDirectory()) await visit(key);
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

  private async writeTemporary(target: string, bytes: Uint8Array): Promise<string> {
    const folder = dirname(target);
    const created = await mkdir(folder, { recursive: true });
    if (created !== undefined) await syncParents(folder, created);
    // A leading dot keeps half-written files out of `list` after a kill.
    const temporary = join(folder, `.${randomBytes(8).toString('hex')}`);
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    return temporary;
  }
}

/** Puts a folder's entries on the disk: a name that a power cut takes away again is as good as never written. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Puts the entries of new folders on the disk, from the innermost one up to the first that was made. */
async function syncParents(folder: string, first: string): Promise<void> {
  for (let child = folder; child.length >= first.length; child = dirname(child))
    await syncFolder(dirname(child));
}

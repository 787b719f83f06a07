import type { ArtifactStore } from './artifact-store.js';
import type { BlobStore } from './blob-store.js';

const folder = 'library';

/**
 * The records of finished searches: immutable artifacts, each with a mark that says that it is a record. The artifact comes
 * before its mark, so that a kill between them leaves no record that is not whole.
 */
export class LibraryStore {
  constructor(
    private readonly blobs: BlobStore,
    private readonly artifacts: ArtifactStore,
  ) {}

  /** Stores a record and returns its hash; storing it again changes nothing. */
  async add(record: Uint8Array): Promise<string> {
    const hash = await this.artifacts.put(record);
    await this.blobs.putIfAbsent(`${folder}/${hash}`, Buffer.from('record\n'));
    return hash;
  }

  /** Takes a record out; its artifact stays. */
  async remove(hash: string): Promise<void> {
    await this.blobs.delete(`${folder}/${hash}`);
  }

  /** Hashes of all records, in ascending order. */
  async hashes(): Promise<readonly string[]> {
    const keys = await this.blobs.list(folder);
    return keys.map((key) => key.slice(folder.length + 1)).filter((name) => /^[0-9a-f]{64}$/.test(name));
  }

  /** The bytes of a record; throws an error that says which is missing or damaged. */
  async get(hash: string): Promise<Uint8Array> {
    return this.artifacts.get(hash);
  }
}

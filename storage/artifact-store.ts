import { sha256Hex } from '../foundation/numbers/index.js';
import type { BlobStore } from './blob-store.js';

const hashPattern = /^[0-9a-f]{64}$/;

/** An artifact that is missing or damaged; the message says which and what to do. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';
}

/** Immutable bytes named by their SHA-256, so that a reader can check them: `get` does. */
export class ArtifactStore {
  constructor(private readonly blobs: BlobStore) {}

  /** Stores the bytes and returns their hash; storing them again changes nothing, but mends a damaged artifact. */
  async put(bytes: Uint8Array): Promise<string> {
    const hash = sha256Hex(bytes);
    const key = artifactKey(hash);
    if (!(await this.blobs.putIfAbsent(key, bytes))) {
      const existing = await this.blobs.get(key);
      if (existing === null || sha256Hex(existing) !== hash) await this.blobs.put(key, bytes);
    }
    return hash;
  }

  /** The bytes with this hash. Throws `ArtifactError` when the artifact is missing or damaged. */
  async get(hash: string): Promise<Uint8Array> {
    const bytes = await this.blobs.get(artifactKey(hash));
    if (bytes === null) {
      throw new ArtifactError(
        `Artifact ${hash} is missing from the artifact store; restore it from a backup of DURAMEN_HOME.`,
      );
    }
    if (sha256Hex(bytes) !== hash) {
      throw new ArtifactError(
        `Artifact ${hash} is damaged: its bytes have another hash. Restore it from a backup.`,
      );
    }
    return bytes;
  }

  /** Whether an artifact with this hash is stored. */
  async has(hash: string): Promise<boolean> {
    return (await this.blobs.get(artifactKey(hash))) !== null;
  }
}

/** Storage key of an artifact. */
export function artifactKey(hash: string): string {
  if (!hashPattern.test(hash))
    throw new Error(`"${hash}" is not the hash of an artifact (64 hexadecimal digits).`);
  return `artifacts/${hash.slice(0, 2)}/${hash}`;
}

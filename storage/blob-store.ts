/**
 * The one small interface through which the stores keep artifacts, journals and results. Keys are relative paths with
 * `/`, made of letters, digits and `. _ - =`; a value is immutable bytes once written, except through `put`.
 */
export interface BlobStore {
  /** The bytes under the key, or null when there are none. */
  get(key: string): Promise<Uint8Array | null>;
  /** Writes atomically, replacing what is there: a reader sees the old bytes or the new ones. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Writes atomically unless the key exists; returns whether it wrote. */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean>;
  /** All keys below the prefix (a folder, without trailing slash), in ascending order. */
  list(prefix: string): Promise<readonly string[]>;
  /** Removes the key if it exists. */
  delete(key: string): Promise<void>;
}

import type { Json } from '../foundation/json/index.js';
import type { BlobStore } from './blob-store.js';

/** A value as the bytes of its JSON text. */
export function jsonBytes(value: Json): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** The JSON value under a key; null when there is none, or when its bytes are damaged. */
export async function readJson<T>(blobs: BlobStore, key: string): Promise<T | null> {
  const bytes = await blobs.get(key);
  if (bytes === null) return null;
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as T;
  } catch {
    return null;
  }
}

/** Writes a value unless there is an intact one; returns the one that counts. */
export async function putJsonOnce(blobs: BlobStore, key: string, value: Json): Promise<Json> {
  if (await blobs.putIfAbsent(key, jsonBytes(value))) return value;
  const known = await readJson<Json>(blobs, key);
  if (known !== null) return known;
  await blobs.put(key, jsonBytes(value));
  return value;
}

import { sha256Hex } from '../foundation/numbers/index.js';
import type { Json } from '../foundation/json/index.js';
import type { BlobStore } from './blob-store.js';

/** A JSON object, as the stores keep them. */
export type JsonObject = Readonly<Record<string, Json>>;

/** How the text of a sealed object begins: with a hash of its owner and of the rest. */
const prefix = '{"sha256":"';
const sealed = /^\{"sha256":"([0-9a-f]{64})",?(.*)$/s;
/** A hash where that of a sealed object stands: its prefix was damaged. No object of a former build has one there. */
const nearlySealed = /^.{11}[0-9a-f]{64}"/s;

/**
 * An object as the bytes of its JSON text, with a hash as its first member, by which a reader knows that no bit was
 * changed and that the object belongs to `owner`.
 */
export function sealedBytes(owner: string, value: JsonObject): Uint8Array {
  const text = JSON.stringify(value);
  const comma = text === '{}' ? '' : ',';
  return Buffer.from(`${prefix}${sealOf(owner, text)}"${comma}${text.slice(1)}`);
}

/** The JSON value under a key; null when there is none, or when its bytes are damaged. */
export async function readJson<T>(blobs: BlobStore, key: string): Promise<T | null> {
  const bytes = await blobs.get(key);
  return bytes === null ? null : parsed<T>(Buffer.from(bytes).toString('utf8'));
}

/**
 * The sealed object of an owner under a key; null when there is none, when it is damaged or another owner's. Former
 * builds wrote objects without a hash: those are taken as they are.
 */
export async function readSealed<T>(blobs: BlobStore, key: string, owner: string): Promise<T | null> {
  const bytes = await blobs.get(key);
  if (bytes === null) return null;
  const text = Buffer.from(bytes).toString('utf8');
  if (!text.startsWith(prefix) && !nearlySealed.test(text)) return parsed<T>(text);
  const [, hash, rest = ''] = sealed.exec(text) ?? [];
  const body = `{${rest}`;
  return sealOf(owner, body) === hash ? parsed<T>(body) : null;
}

/** Writes a sealed object unless there is an intact one of the same owner; returns the one that counts. */
export async function putSealedOnce(
  blobs: BlobStore,
  key: string,
  owner: string,
  value: JsonObject,
): Promise<JsonObject> {
  if (await blobs.putIfAbsent(key, sealedBytes(owner, value))) return value;
  const known = await readSealed<JsonObject>(blobs, key, owner);
  if (known !== null) return known;
  await blobs.put(key, sealedBytes(owner, value));
  return value;
}

function sealOf(owner: string, text: string): string {
  return sha256Hex(`${owner}\n${text}`);
}

function parsed<T>(text: string): T | null {
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}

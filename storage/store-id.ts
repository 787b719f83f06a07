import { randomUUID } from 'node:crypto';
import type { BlobStore } from './blob-store.js';

const key = 'duramen-store.json';

/** The id of a home's store, made when it is asked for first: two homes never have the same one. */
export async function storeId(blobs: BlobStore): Promise<string> {
  for (;;) {
    const bytes = await blobs.get(key);
    if (bytes !== null) return idIn(new TextDecoder().decode(bytes));
    await blobs.putIfAbsent(key, new TextEncoder().encode(`${JSON.stringify({ id: randomUUID() })}\n`));
  }
}

function idIn(text: string): string {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string')
    return value.id;
  throw new Error(`${key} names no store: restore it from a backup of DURAMEN_HOME.`);
}

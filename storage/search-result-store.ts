import { sha256Hex } from '../foundation/numbers/index.js';
import type { BlobStore } from './blob-store.js';

/**
 * Results of whole inner searches by content key; the store keeps the first one under a key, as equal keys give equal
 * results. Each carries its hash, because a damaged one would become the outcome of a trial of the outer search.
 * `EvaluationResultStore` keeps the results of single evaluations, as plain JSON.
 */
export class SearchResultStore<Value extends object> {
  constructor(private readonly blobs: BlobStore) {}

  async put(contentKey: string, result: Value): Promise<void> {
    const body = JSON.stringify(result);
    const bytes = new TextEncoder().encode(`${sha256Hex(body)}\n${body}`);
    if (await this.blobs.putIfAbsent(key(contentKey), bytes)) return;
    if ((await this.get(contentKey)) === null) await this.blobs.put(key(contentKey), bytes);
  }

  /** The result, or null when there is none or its bytes are damaged: the caller then has to compute it again. */
  async get(contentKey: string): Promise<Value | null> {
    const bytes = await this.blobs.get(key(contentKey));
    if (bytes === null) return null;
    const text = new TextDecoder().decode(bytes);
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    if (end < 0 || sha256Hex(body) !== text.slice(0, end)) return null;
    // The hash vouches for the shape: only put writes here.
    return JSON.parse(body) as Value;
  }
}

function key(contentKey: string): string {
  return `search-results/${contentKey.slice(0, 2)}/${contentKey}`;
}

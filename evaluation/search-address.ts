import type { ArtifactStore } from '../storage/index.js';
import type { SearchAddress } from './evaluation.js';

/** Stores the address of a search; answers its hash. */
export async function storeAddress(artifacts: ArtifactStore, address: SearchAddress): Promise<string> {
  // Not canonical JSON: the order of keys in a space is the order of its decisions.
  return artifacts.put(new TextEncoder().encode(JSON.stringify(address)));
}

/** Reads the address of a search from the artifact store. */
export async function loadAddress(artifacts: ArtifactStore, hash: string): Promise<SearchAddress> {
  // The hash was checked: only storeAddress writes addresses.
  return JSON.parse(new TextDecoder().decode(await artifacts.get(hash))) as SearchAddress;
}

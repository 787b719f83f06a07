import { type SearchSetting, settingBytes } from '../searches/definition/index.js';
import type { ArtifactStore } from '../storage/index.js';

/** Stores the setting of a search; answers its hash. */
export async function storeSetting(artifacts: ArtifactStore, setting: SearchSetting): Promise<string> {
  return artifacts.put(settingBytes(setting));
}

/** Reads the setting of a search from the artifact store. */
export async function loadSetting(artifacts: ArtifactStore, hash: string): Promise<SearchSetting> {
  // The store has compared the hash, and only storeSetting writes settings.
  return JSON.parse(new TextDecoder().decode(await artifacts.get(hash))) as SearchSetting;
}

import type { SearchContext, SearchDefinition } from './definition.js';

/**
 * What an evaluation has to know about its search: stored once per search under its hash, so that an evaluation's
 * arguments stay small. Recorded messages and carried states hold that hash as `address`, and the activity that stores
 * a setting is `storeAddress`: both names stand in recorded histories and stay.
 */
export interface SearchSetting {
  readonly definition: SearchDefinition;
  /** Position of the level in `definition.levels`. */
  readonly level: number;
  readonly context: SearchContext;
}

/** The bytes under whose hash a setting is stored. */
export function settingBytes(setting: SearchSetting): Uint8Array {
  // Not canonical JSON: the order of keys in a space is the order of its decisions.
  return new TextEncoder().encode(JSON.stringify(setting));
}

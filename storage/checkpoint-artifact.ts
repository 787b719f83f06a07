import { readFile } from 'node:fs/promises';
import type { ArtifactStore } from './artifact-store.js';
import type { TrialStore } from './trial-store.js';

/**
 * The latest checkpoint of a trial as an artifact, so that neither a later trial nor its removal takes it away: its hash,
 * null where none is kept, or in a sentence that it is damaged.
 */
export async function checkpointArtifact(
  trials: TrialStore,
  artifacts: ArtifactStore,
  search: string,
  trial: number,
): Promise<{ readonly hash: string | null } | { readonly problem: string }> {
  const damaged: string[] = [];
  const checkpoint = await trials.latestCheckpoint(search, trial, (name) => damaged.push(name));
  if (damaged.length > 0) {
    return {
      problem: `The checkpoint of trial ${trial} of "${search}", which has its weights, is damaged: restore it from a backup of DURAMEN_HOME.`,
    };
  }
  if (checkpoint?.kind !== 'bytes') return { hash: null };
  return { hash: await artifacts.put(await readFile(checkpoint.path)) };
}

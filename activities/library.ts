import type { JournalRecord } from '../searches/index.js';
import { recordBytes } from '../algorithms/warm-start/index.js';
import { finishedRecord, summarise } from '../searches/journal/index.js';
import {
  type ArtifactStore,
  checkpointArtifact,
  type JournalStore,
  type LibraryStore,
  type TrialStore,
} from '../storage/index.js';
import { badInput } from './bad-input.js';
import { withHeartbeats } from './heartbeats.js';

/** A record that a flow put into the library. */
export interface AddedRecord {
  readonly hash: string;
  /** Whether the weights of the search were still there. */
  readonly hasWeights: boolean;
}

/** The activities of the library; flows call them. */
export interface LibraryActivities {
  /**
   * Makes a finished search a record, from its journal and the checkpoint of its last epoch. Doing it again changes nothing.
   * Fails as `BadInput` for a search that cannot be a record.
   */
  addLibraryRecord(search: string, task: string): Promise<AddedRecord>;
}

/** Makes the activities of the library in a worker. */
export function createLibraryActivities({
  artifacts,
  journals,
  trials,
  library,
}: {
  readonly artifacts: ArtifactStore;
  readonly journals: JournalStore<JournalRecord>;
  readonly trials: TrialStore;
  readonly library: LibraryStore;
}): LibraryActivities {
  async function added(search: string, task: string): Promise<AddedRecord> {
    const summary = summarise((await journals.read(search)).map(({ record }) => record));
    if (summary === null) throw badInput(`The search "${search}" has no journal: restore it from a backup.`);
    const finished = finishedRecord(summary, task);
    if ('problem' in finished) throw badInput(finished.problem);
    const kept = await checkpointArtifact(trials, artifacts, search, finished.lastEpoch);
    if ('problem' in kept) throw badInput(kept.problem);
    const hash = await library.add(recordBytes({ ...finished.record, weights: kept.hash }));
    return { hash, hasWeights: kept.hash !== null };
  }
  return { addLibraryRecord: (search, task) => withHeartbeats(added(search, task)) };
}

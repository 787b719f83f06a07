import { AlgorithmError } from '../../algorithms/index.js';
import type { JournalRecord } from '../loop/journal-record.js';
import { SearchLoop } from '../loop/search-loop.js';
import type { SearchPlan } from '../loop/search-plan.js';
import type { ComputeUpdate } from './algorithm-updates.js';
import { adopted, rebuild } from './rebuild.js';

/** A record with the hash that chains it to all records before it. */
export interface HashedRecord {
  readonly hash: string;
  readonly record: JournalRecord;
}

/** A state of a search as `SearchLoop.encode` gave it, and the end of the journal when it was taken. */
export interface StateSnapshot {
  readonly position: { readonly records: number; readonly hash: string };
  readonly state: Uint8Array;
}

/** Records that a rebuild replays between two calls of `breathe`. */
const rebuildSlice = 1_000;

/**
 * Rebuilds the state of a search from its journal. A snapshot spares the records before it. It is only a shortcut: for
 * one of other records, or of another version, the rebuild replays all records. `plan` is that of the journal's first
 * record. A long rebuild waits for `breathe` now and then, so that its process can do other work.
 */
export async function rebuildFromSnapshot(
  plan: SearchPlan,
  journal: readonly HashedRecord[],
  snapshot: StateSnapshot | null,
  computeUpdate: ComputeUpdate,
  breathe: () => Promise<void> = () => Promise.resolve(),
): Promise<SearchLoop> {
  const records = journal.map(({ record }) => record);
  const shortcut = snapshot === null ? null : loopOfSnapshot(plan, journal, snapshot);
  let loop = shortcut ?? SearchLoop.open(plan);
  let next = snapshot === null || shortcut === null ? 0 : snapshot.position.records;
  do {
    const slice = records.slice(next, next + rebuildSlice);
    loop = await rebuild(loop.plan, slice, computeUpdate, loop);
    next += slice.length;
    await breathe();
  } while (next < records.length);
  return loop;
}

/** The search after the records that a snapshot spares; null when it is no shortcut for this journal and build. */
function loopOfSnapshot(
  plan: SearchPlan,
  journal: readonly HashedRecord[],
  { position, state }: StateSnapshot,
): SearchLoop | null {
  if (journal[position.records - 1]?.hash !== position.hash) return null;
  return decodeSnapshot(planAfter(plan, journal.slice(0, position.records)), state);
}

/** The search in the state of a snapshot; null when this build cannot read it, because another version took it. */
export function decodeSnapshot(plan: SearchPlan, state: Uint8Array): SearchLoop | null {
  try {
    return SearchLoop.decode(plan, state);
  } catch (error) {
    if (error instanceof AlgorithmError) return null;
    throw error;
  }
}

/** The plan in force after records of a journal: that of the last definition which an intervention adopted. */
function planAfter(plan: SearchPlan, journal: readonly HashedRecord[]): SearchPlan {
  return journal.reduce(
    (latest, { record }) =>
      record.kind === 'intervention' && record.intervention.kind === 'adopt'
        ? adopted(latest, record.intervention.definition)
        : latest,
    plan,
  );
}

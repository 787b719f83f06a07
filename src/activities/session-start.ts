import type { PublishedCheckpoint } from '../storage/checkpoint-store.js';
import type { StoredTrial, TrialStore } from '../storage/trial-store.js';
import type { EvaluateInput } from './evaluation.js';
import { hostKindName } from './host-kind.js';
import type { SearchPlace } from './search-places.js';
import { noNotes, TrialSession } from './trial-session.js';
import type { CheckpointNotes } from './trial-session.js';

/** From where an attempt goes on. */
export interface SessionStart {
  readonly checkpoint: PublishedCheckpoint | null;
  readonly notes: CheckpointNotes;
}

/** The trial's own latest checkpoint, else that of the trial it continues, whose reports are not its own. */
export async function sessionStart(
  trials: TrialStore,
  stored: StoredTrial,
  { search, continues }: EvaluateInput,
): Promise<SessionStart> {
  const own = await stored.latestCheckpoint();
  if (own !== null) return { checkpoint: own, notes: notesOf(own) };
  if (continues === undefined) return { checkpoint: null, notes: noNotes };
  const other = await trials.latestCheckpoint(search, continues);
  if (other === null) return { checkpoint: null, notes: noNotes };
  return { checkpoint: other, notes: { ...noNotes, hosts: notesOf(other).hosts } };
}

/** The session of an attempt that begins there. */
export function startSession(
  place: SearchPlace,
  input: EvaluateInput,
  stored: StoredTrial,
  attempt: number,
  { checkpoint, notes }: SessionStart,
): TrialSession {
  const { index, seed, until, gate, genome } = input;
  const hosts = [...new Set([...notes.hosts, hostKindName()])];
  const trial = {
    index,
    seed,
    attempt,
    context: place.address.context,
    ...(until === undefined ? {} : { until }),
    ...(gate === undefined ? {} : { gate }),
    metrics: place.metricNames,
    parameters: place.decode(genome),
    reports: notes.reports,
    attributes: notes.attributes,
    checkpoint,
    workFolder: stored.workFolder(attempt),
  };
  return new TrialSession(trial, place.level.metrics, stored, notes, hosts);
}

// The manifest's hash vouches for the shape: only `TrialSession` writes notes.
function notesOf(checkpoint: PublishedCheckpoint): CheckpointNotes {
  return checkpoint.notes as unknown as CheckpointNotes;
}

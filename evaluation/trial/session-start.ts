import { ApplicationFailure } from '@temporalio/common';
import type { PublishedCheckpoint, StoredTrial, TrialStore } from '../../storage/index.js';
import type { EvaluateInput } from '../evaluation.js';
import { hostKindName } from './host-kind.js';
import type { LoadedSetting } from '../loaded-settings.js';
import { noNotes, AttemptSession } from './attempt-session.js';
import type { CheckpointNotes } from './attempt-session.js';

/** From where an attempt goes on. */
export interface SessionStart {
  readonly checkpoint: PublishedCheckpoint | null;
  readonly notes: CheckpointNotes;
  /** Lines for the log about checkpoints that are damaged and were passed over. */
  readonly warnings: readonly string[];
}

/**
 * The trial's own latest intact checkpoint, else that of the trial it continues, whose reports are not its own. A trial
 * whose own checkpoints are all damaged begins anew and comes to the same bits. Refuses a damaged checkpoint of the
 * trial it continues, because an older one would lead to other bits.
 */
export async function sessionStart(
  trials: TrialStore,
  stored: StoredTrial,
  { search, index, continues }: EvaluateInput,
): Promise<SessionStart> {
  const damaged: string[] = [];
  const own = await stored.latestCheckpoint((name) => damaged.push(name));
  const origin =
    own === null ? 'the place where it first began' : `the checkpoint before it, of step ${own.step}`;
  const warnings = damaged.map((name) => `Checkpoint ${name} is damaged: the trial goes on from ${origin}.`);
  if (own !== null) return { checkpoint: own, notes: notesOf(own), warnings };
  if (continues === undefined) return { checkpoint: null, notes: noNotes, warnings };
  const unreadable: string[] = [];
  const other = await trials.latestCheckpoint(search, continues, (name) => unreadable.push(name));
  // An older checkpoint is another step to continue from than the one that the search decided on.
  if (unreadable.length > 0) {
    throw ApplicationFailure.create({
      type: 'BadInput',
      nonRetryable: true,
      message:
        `Trial ${index} of ${search} continues trial ${continues}, whose checkpoint ${unreadable.join(' and ')} is ` +
        'damaged: restore it from a backup of DURAMEN_HOME, then resume the search.',
    });
  }
  if (other === null) return { checkpoint: null, notes: noNotes, warnings };
  return { checkpoint: other, notes: { ...noNotes, hosts: notesOf(other).hosts }, warnings };
}

/** The session of an attempt that begins there. */
export function startSession(
  setting: LoadedSetting,
  input: EvaluateInput,
  stored: StoredTrial,
  attempt: number,
  { checkpoint, notes, warnings }: SessionStart,
): AttemptSession {
  const { index, seed, until, gate, genome } = input;
  const hosts = [...new Set([...notes.hosts, hostKindName()])];
  const trial = {
    index,
    seed,
    attempt,
    context: setting.context,
    ...(until === undefined ? {} : { until }),
    ...(gate === undefined ? {} : { gate }),
    metrics: setting.metricNames,
    limits: setting.limits(),
    parameters: setting.decode(genome),
    reports: notes.reports,
    attributes: notes.attributes,
    checkpoint,
    workFolder: stored.workFolder(attempt),
  };
  const session = new AttemptSession(trial, setting.level.metrics, stored, notes, hosts);
  for (const warning of warnings) session.log.add(warning);
  return session;
}

// The manifest's hash vouches for the shape: only `AttemptSession` writes notes.
function notesOf(checkpoint: PublishedCheckpoint): CheckpointNotes {
  return checkpoint.notes as unknown as CheckpointNotes;
}

import { ApplicationFailure } from '@temporalio/common';
import type { PublishedCheckpoint, StoredTrial, TrialStore } from '../../storage/index.js';
import type { WeightsEvaluator } from '../../searches/definition/index.js';
import { evaluatedPoint } from '../../searches/loop/index.js';
import type { EvaluateInput } from '../evaluation.js';
import { hostKindName } from './host-kind.js';
import type { LoadedSetting } from '../loaded-settings.js';
import { noNotes, AttemptSession } from './attempt-session.js';
import type { CheckpointNotes } from './attempt-session.js';

/** The last checkpoint of the trial that another one continues. */
export interface ContinuedCheckpoint {
  readonly trial: number;
  readonly checkpoint: PublishedCheckpoint;
}

/** From where an attempt goes on. */
export interface SessionStart {
  readonly checkpoint: PublishedCheckpoint | null;
  /** Index of the trial that saved it. */
  readonly savedBy: number;
  /** Of a slice, the last checkpoint of the trial that it continues. */
  readonly continued: ContinuedCheckpoint | null;
  readonly notes: CheckpointNotes;
  /** Lines for the log about checkpoints that are damaged and were passed over. */
  readonly warnings: readonly string[];
}

/**
 * The trial's own latest intact checkpoint, else that of the trial it continues, whose reports are not its own. A trial
 * whose own checkpoints are all damaged begins anew and comes to the same bits. Refuses a damaged checkpoint of the
 * trial it continues, because an older one would lead to other bits. A slice needs the checkpoint that it continues in
 * any case, and is refused where that is missing. Under the weights of another search a trial continues these.
 */
export async function sessionStart(
  trials: TrialStore,
  stored: StoredTrial,
  input: EvaluateInput,
  weights: WeightsEvaluator | null,
): Promise<SessionStart> {
  const { index, slice } = input;
  const damaged: string[] = [];
  const own = await stored.latestCheckpoint((name) => damaged.push(name));
  const origin =
    own === null ? 'the place where it first began' : `the checkpoint before it, of step ${own.step}`;
  const warnings = damaged.map((name) => `Checkpoint ${name} is damaged: the trial goes on from ${origin}.`);
  const find = (): Promise<ContinuedCheckpoint | null> =>
    weights === null ? continuedCheckpoint(trials, input) : keptWeights(trials, input, weights);
  const other = own === null || slice !== undefined ? await find() : null;
  const continued = slice === undefined ? null : other;
  if (own !== null) return { checkpoint: own, savedBy: index, continued, notes: notesOf(own), warnings };
  if (other === null) return { checkpoint: null, savedBy: index, continued, notes: noNotes, warnings };
  const { checkpoint, trial } = other;
  const notes = weights === null ? { ...noNotes, hosts: notesOf(checkpoint).hosts } : noNotes;
  return { checkpoint, savedBy: trial, continued, notes, warnings };
}

/** The last checkpoint of the trial that a trial continues; null where there is none that it needs. */
async function continuedCheckpoint(
  trials: TrialStore,
  { search, index, continues, slice }: EvaluateInput,
): Promise<ContinuedCheckpoint | null> {
  if (continues === undefined) return null;
  const unreadable: string[] = [];
  const checkpoint = await trials.latestCheckpoint(search, continues, (name) => unreadable.push(name));
  // An older checkpoint is another step to continue from than the one that the search decided on.
  if (unreadable.length > 0) {
    throw badInput(
      `Trial ${index} of ${search} continues trial ${continues}, whose checkpoint ${unreadable.join(' and ')} is ` +
        'damaged: restore it from a backup of DURAMEN_HOME, then resume the search.',
    );
  }
  if (checkpoint === null && slice !== undefined) {
    throw badInput(
      `Trial ${index} of ${search} goes on with the weights of trial ${continues}, whose checkpoint is missing: ` +
        'restore it from a backup of DURAMEN_HOME, then resume the search.',
    );
  }
  return checkpoint === null ? null : { trial: continues, checkpoint };
}

/** The weights that another search left, as they were stored when this search was defined. */
async function keptWeights(
  trials: TrialStore,
  { search, index }: EvaluateInput,
  { search: trained, weights, trial, step }: WeightsEvaluator,
): Promise<ContinuedCheckpoint> {
  const checkpoint = await trials.artifactCheckpoint(weights, step);
  if (checkpoint !== null) return { trial, checkpoint };
  throw badInput(
    `Trial ${index} of ${search} is evaluated under the weights of ${trained}, and the artifact ${weights} that holds ` +
      'them is missing or damaged: restore it from a backup of DURAMEN_HOME, then resume the search.',
  );
}

function badInput(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'BadInput', nonRetryable: true, message });
}

/** The session of an attempt that begins there. */
export function startSession(
  setting: LoadedSetting,
  input: EvaluateInput,
  stored: StoredTrial,
  attempt: number,
  { checkpoint, savedBy, continued, notes, warnings }: SessionStart,
): AttemptSession {
  const { index, seed, until, gate, genome, slice, address } = input;
  const hosts = [...new Set([...notes.hosts, hostKindName()])];
  const point = slice === undefined ? setting.decode(genome) : setting.decodeAny(genome);
  const trial = {
    index,
    seed,
    attempt,
    ...evaluatedPoint(setting.level, point, setting.context),
    ...(until === undefined ? {} : { until }),
    ...(gate === undefined ? {} : { gate }),
    metrics: setting.metricNames,
    limits: setting.limits(),
    genome,
    reports: notes.reports,
    attributes: notes.attributes,
    checkpoint,
    savedBy,
    slice: slice ?? null,
    continued,
    address,
    workFolder: stored.workFolder(attempt),
  };
  const session = new AttemptSession(trial, setting.returned, stored, notes, hosts);
  for (const warning of warnings) session.log.add(warning);
  return session;
}

// The manifest's hash vouches for the shape: only `AttemptSession` writes notes.
function notesOf(checkpoint: PublishedCheckpoint): CheckpointNotes {
  return checkpoint.notes as unknown as CheckpointNotes;
}

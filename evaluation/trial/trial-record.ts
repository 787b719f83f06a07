import type { Outcome } from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { ArtifactStore } from '../../storage/index.js';
import { hostKind } from './host-kind.js';
import type { HostKind } from './host-kind.js';
import type { SentReport } from '../processes/process-messages.js';

/** All that is known of a trial beyond its outcome: an artifact, named by its hash in the journal. */
export interface TrialRecord {
  readonly format: 'duramen-trial/1';
  readonly search: string;
  readonly index: number;
  readonly seed: string;
  readonly attempt: number;
  readonly parameters: Json;
  readonly outcome: Outcome;
  readonly reports: readonly SentReport[];
  readonly attributes: Readonly<Record<string, Json>>;
  /** Hashes of saved artifacts by name. */
  readonly artifacts: Readonly<Record<string, string>>;
  readonly log: { readonly lines: readonly string[]; readonly dropped: number };
  /** Stack of the error that ended the trial, or how its process ended. */
  readonly stack: string | null;
  readonly host: HostKind;
}

/** Stores a trial record and returns its hash. */
export async function storeTrialRecord(
  artifacts: ArtifactStore,
  record: Omit<TrialRecord, 'format' | 'host'>,
): Promise<string> {
  const whole: TrialRecord = { format: 'duramen-trial/1', ...record, host: hostKind() };
  return artifacts.put(Buffer.from(JSON.stringify(whole)));
}

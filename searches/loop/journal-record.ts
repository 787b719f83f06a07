import type { Outcome, Trial } from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { SearchContext, SearchDefinition } from '../definition/definition.js';
import type { Intervention } from './intervention.js';
import type { EndReason } from './progress.js';
import type { Retraining } from '../retraining/retraining.js';

/**
 * What the journal of a search holds, in the order in which the workflow decided or learned it. The journal store adds
 * to each record its number and the hash that chains it to the one before.
 */
export type JournalRecord = JournalEvent & {
  /**
   * When the workflow wrote it down, in milliseconds since 1970 by the workflow's own time. No decision reads it and no
   * trajectory hash holds it. Absent in journals of builds that kept no times, and in `opened`.
   */
  readonly at?: number;
};

type JournalEvent =
  | {
      readonly kind: 'opened';
      readonly search: string;
      readonly definition: SearchDefinition;
      readonly level: number;
      readonly context: SearchContext;
      /** Version of the package that wrote the record. */
      readonly version: string;
    }
  | {
      readonly kind: 'proposed';
      readonly trial: Trial;
      readonly source: 'algorithm' | 'enqueued' | 'initial';
    }
  | {
      readonly kind: 'told';
      readonly index: number;
      readonly outcome: Outcome;
      /** Hash of the trial record in the artifact store. */
      readonly record?: string;
      readonly reused?: boolean;
      readonly timed?: boolean;
      readonly mixed?: boolean;
      /** Best trial of the inner search. */
      readonly inner?: { readonly search: string; readonly parameters: Readonly<Record<string, Json>> };
    }
  /** The search asks the program of its algorithm, before it decides on this index. */
  | { readonly kind: 'asked'; readonly index: number }
  /** What the program answered: the truth, because it may answer otherwise when it is asked again. */
  | {
      readonly kind: 'answered';
      /** Hash of the program's own state in the artifact store. */
      readonly bulk: string | null;
      readonly output: Json;
    }
  | { readonly kind: 'intervention'; readonly index: number; readonly intervention: Intervention }
  | {
      readonly kind: 'closed';
      readonly phase: 'finished' | 'cancelled' | 'failed';
      readonly reason: string;
      readonly trajectoryHash: string;
      /** How the full retraining came out, where a finished search is followed by one. */
      readonly retraining?: Retraining;
    };

/** Re-exported for readers of `closed` records. */
export type { EndReason };

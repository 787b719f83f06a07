import type { Outcome, Trial } from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { Budget, SearchContext, SearchDefinition } from '../definition/definition.js';
import type { EndReason } from '../loop/progress.js';
import type { Retraining } from '../retraining/retraining.js';

/**
 * What the journal of a search holds, in the order in which the workflow decided or learned it. The journal store adds
 * to each record its number and the hash that chains it to the one before.
 */
export type JournalRecord =
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
  | { readonly kind: 'intervention'; readonly index: number; readonly intervention: Intervention }
  | {
      readonly kind: 'closed';
      readonly phase: 'finished' | 'cancelled' | 'failed';
      readonly reason: string;
      readonly trajectoryHash: string;
      /** How the full retraining came out, where a finished search is followed by one. */
      readonly retraining?: Retraining;
    };

/** What a person or the clock did to a search, with the index from which it acts (in the record). */
export type Intervention =
  | { readonly kind: 'enqueue'; readonly genome: Genome }
  | { readonly kind: 'cancelTrial'; readonly trial: number }
  | { readonly kind: 'extend'; readonly budget: Budget }
  | { readonly kind: 'setConcurrency'; readonly concurrency: number }
  | { readonly kind: 'pause'; readonly by: 'user' | 'parent' | 'losses'; readonly message?: string }
  | { readonly kind: 'resume'; readonly by: 'user' | 'parent' }
  | { readonly kind: 'durationReached' }
  | { readonly kind: 'adopt'; readonly definition: SearchDefinition };

/** Re-exported for readers of `closed` records. */
export type { EndReason };

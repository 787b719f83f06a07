import {
  AlgorithmError,
  decodeState,
  encodeState,
  type Metrics,
  type Outcome,
  type StateValue,
  type Trial,
  type UpdateRequest,
} from '../../algorithms/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { Genome } from '../../search-spaces/index.js';
import type { Budget } from '../definition/definition.js';
import type { EndReason, TrialView } from './progress.js';
import type { SharedWeights } from './shared-weights.js';

/** What an evaluation came back with. */
export interface Completion {
  readonly outcome: Outcome;
  /** Hash of the trial record in the artifact store. */
  readonly record?: string;
  readonly reused?: boolean;
  readonly timed?: boolean;
  readonly mixed?: boolean;
  /** The best trial of the inner search that evaluated this one. */
  readonly inner?: { readonly search: string; readonly parameters: Readonly<Record<string, Json>> };
}

/** Where a proposed trial stands. */
export type TrialStatus =
  /** Not started, or parked: starts when fewer trials run than the concurrency allows. */
  | { readonly kind: 'queued' }
  | { readonly kind: 'running' }
  /** Waits for a trial of the same content that runs under a lower index. */
  | { readonly kind: 'following'; readonly leader: number }
  /** `journaled`: its record is already in the journal. */
  | { readonly kind: 'done'; readonly completion: Completion; readonly journaled: boolean };

/** A proposed trial whose outcome the search has not yet told to the algorithm. */
export interface OpenTrial {
  readonly trial: Trial;
  readonly status: TrialStatus;
  /** Hash of what determines the result, when it may be shared. */
  readonly contentKey: string | null;
  /** Retries so far after failures whose class stops the search. */
  readonly failures: number;
  readonly timeouts: number;
}

/** The best trial, or with several optimised metrics one of the Pareto front. */
export interface FrontTrial {
  readonly index: number;
  readonly genome: Genome;
  readonly metrics: Metrics;
  readonly inner: Readonly<Record<string, Json>>;
}

/** Why the search starts no trial: the flags of design §4. */
export interface PauseFlags {
  readonly user: boolean;
  readonly parent: boolean;
  /** Set when one trial was lost over and over; the sentence says which. */
  readonly losses: string | null;
}

/** The complete state of a search: what continue-as-new carries and a snapshot holds. */
export interface LoopState {
  readonly version: 1;
  algorithm: StateValue;
  nextIndex: number;
  /** Outcomes told to the algorithm; in `in-order` those of the indices below. */
  toldCount: number;
  /** Outcomes that count: in `in-order` the indices below it, all of which are complete. */
  recorded: number;
  trajectoryHash: string;
  /** In ascending order of index; changed in place only (see `OpenTrials`). */
  readonly open: OpenTrial[];
  /** In `as-completed`: complete trials in order of arrival that the search could not tell yet. */
  arrivals: number[];
  /** The algorithm waits: the search must tell it at least one outcome before it asks again. */
  mustTell: boolean;
  exhausted: boolean;
  update: UpdateRequest | null;
  initialUsed: number;
  enqueued: Genome[];
  budget: Budget;
  concurrency: number;
  pauses: PauseFlags;
  durationReached: boolean;
  end: EndReason | null;
  /** A failure that stops the search, in one sentence. */
  failure: string | null;
  counts: { scored: number; infeasible: number; stopped: number; failed: number; cancelled: number };
  cost: number;
  candidates: FrontTrial[];
  /** The last outcomes that count, for people who watch. */
  last: TrialView[];
  timed: boolean;
  /** The weights of a search in slices, once one has left any. */
  weights?: SharedWeights;
}

/** Encodes a state as bytes. */
export function encodeLoopState(state: LoopState): Uint8Array {
  const { algorithm, update, ...rest } = state;
  return encodeState({
    loop: JSON.stringify(rest),
    algorithm,
    update: update === null ? null : { ...update },
  });
}

/** Decodes what `encodeLoopState` gave; refuses states of another version with one sentence. */
export function decodeLoopState(bytes: Uint8Array): LoopState {
  const value = decodeState(bytes);
  const refuse = (reason: string): never => {
    throw new AlgorithmError(
      `The saved state of the search cannot be used: ${reason}. Resume the search with the build that wrote it, ` +
        'or remove the snapshot so that the state is rebuilt from the journal.',
    );
  };
  if (typeof value !== 'object' || value === null || !('loop' in value) || typeof value.loop !== 'string') {
    return refuse('it is not a state of a search');
  }
  const rest: unknown = JSON.parse(value.loop);
  if (typeof rest !== 'object' || rest === null || !('version' in rest) || rest.version !== 1) {
    return refuse('it was written by another version');
  }
  // Only encodeLoopState writes version 1, and snapshots are checked by hash before they come here.
  const loop = rest as Omit<LoopState, 'algorithm' | 'update'>;
  return { ...loop, algorithm: value['algorithm'] ?? null, update: updateRequest(value['update'] ?? null) };
}

function updateRequest(value: StateValue): UpdateRequest | null {
  if (typeof value !== 'object' || value === null || !('input' in value) || !('bulk' in value)) return null;
  const bulk = value['bulk'];
  return { bulk: typeof bulk === 'string' ? bulk : null, input: value['input'] ?? null };
}

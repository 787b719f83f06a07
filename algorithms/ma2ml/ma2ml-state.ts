import type { RoundResult } from './replay.js';

/** What MA2ML carries from trial to trial. */
export type Ma2mlState = {
  /** Logits of all heads, then the target logits, as little-endian float32. */
  readonly policy: Uint8Array;
  /** Hash of the critic, the optimiser moments and the replay buffer in the artifact store. */
  readonly bulk: string | null;
  /** Updates so far. */
  readonly round: number;
  /** Results so far. */
  readonly evaluations: number;
  /** How many of them had no score, a cost above its target, a metric outside of the range. */
  readonly unscored: number;
  readonly overTarget: number;
  readonly clipped: number;
  /** Moving average of batch means; null before the first update. */
  readonly baseline: number | null;
  /** ω once it is known. */
  readonly klWeight: number | null;
  /** Smallest and largest reward so far; null before the first result. */
  readonly least: number | null;
  readonly most: number | null;
  /** Mean size of each agent's credit in the last update. */
  readonly credit: readonly number[];
  /** Number of trials proposed in the current round. */
  readonly proposed: number;
  /** Indices of those that were not told yet. */
  readonly pending: readonly number[];
  readonly results: readonly RoundResult[];
};

import type { Genome } from '../../search-spaces/views/index.js';

/** How many candidates for a full training the search asks for. */
export interface CandidateCounts {
  /** Best results of the search. */
  readonly best: number;
  /** Points drawn from what the algorithm has learned … */
  readonly draws: number;
  /** … and how many of them are kept, those of which it expects most. */
  readonly drawn: number;
}

/**
 * Why a point is a candidate: the most probable one (`greedy`), one of the best results (`best`), or drawn from what
 * the algorithm has learned (`drawn`).
 */
export type CandidateSource = 'greedy' | 'best' | 'drawn';

/** A point worth a full training, with its reward, or the one that the algorithm expects; higher is better. */
export interface DerivedCandidate {
  readonly genome: Genome;
  readonly source: CandidateSource;
  readonly value: number | null;
}

/** A limit on a metric that a candidate must not exceed. */
export interface CandidateLimit {
  readonly metric: string;
  readonly atMost: number;
}

/** How candidates for a full training follow from a state; runs in an activity. */
export interface Derivation<State> {
  /** Limits beside those declared with the metrics: the retraining never chooses a candidate that breaks one. */
  readonly limits: readonly CandidateLimit[];
  /** Name of the bulk that `derive` reads; null when there is none yet. */
  readonly bulk: (state: State) => string | null;
  /** The candidates, most trusted source first; a point may come from several sources. */
  readonly derive: (
    state: State,
    bulk: Uint8Array | null,
    counts: CandidateCounts,
  ) => readonly DerivedCandidate[];
}

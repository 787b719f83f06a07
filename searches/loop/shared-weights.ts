import { leavesWeights, type Outcome, type Slice } from '../../algorithms/contract/index.js';

/** The weights of a search in slices: which trials left them. Other searches have none. */
export interface SharedWeights {
  /** Scored trials that left weights: those of kind `train` and `mix`. */
  readonly count: number;
  /** Indices of the last two of them at most, the latest at the end. */
  readonly last: readonly number[];
  /** The result is the `mix` trial that left the last weights, until an evaluation under them is scored. */
  readonly isMixed?: true;
}

/** A trial of a search in slices, as far as it has to do with weights. */
export interface SliceTrial {
  readonly index: number;
  readonly slice: Slice;
  readonly continues?: number;
}

/** What the outcome of a slice does to the search. */
export interface SliceEffect {
  readonly weights: SharedWeights;
  /** Whether earlier results count no longer, because later slices go on from other weights. */
  readonly supersedes: boolean;
  /** Whether the trial is a result: one that `best`, a target and a retraining may choose. */
  readonly isResult: boolean;
  /** Trials whose checkpoints no later slice needs. */
  readonly obsolete: readonly number[];
}

/** Of so many trials that leave weights, the checkpoint of one is kept for good. */
const keptEvery = 10;

const noWeights: SharedWeights = { count: 0, last: [] };

/**
 * What follows when the outcome of a slice counts. Results are the `evaluate` trials under the last weights, and before
 * there is one the last `mix` trial: of thousands of slices the luckiest would win otherwise. A `mix` trial has the
 * architecture that its mixture stood for before its epoch, so an evaluation under its weights says more. When the n-th trial that leaves weights counts,
 * the checkpoint of the (n − 2)-th goes, but for every tenth. All other slices leave none.
 */
export function afterSlice(
  weights: SharedWeights = noWeights,
  { index, slice, continues }: SliceTrial,
  outcome: Outcome,
): SliceEffect {
  const isScored = outcome.kind === 'scored';
  if (!leavesWeights(slice) || !isScored) {
    const isResult = isScored && slice.kind === 'evaluate' && continues === weights.last.at(-1);
    const { isMixed, ...evaluated } = weights;
    const supersedes = isResult && isMixed === true;
    return { weights: supersedes ? evaluated : weights, supersedes, isResult, obsolete: [index] };
  }
  const { last } = weights;
  const count = weights.count + 1;
  // The trial two before this one was the (count − 2)-th.
  const second = last.length === 2 && (count - 2) % keptEvery !== 0 ? last.slice(0, 1) : [];
  const isMixed = slice.kind === 'mix';
  return {
    weights: { count, last: [...last.slice(-1), index], ...(isMixed ? { isMixed } : {}) },
    supersedes: true,
    isResult: isMixed,
    obsolete: second,
  };
}

import type { Genome, View } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { largestGenomeBytes } from '../contract/genome-bytes.js';
import { sliceByteLimit, sliceValueLimit } from '../contract/slice.js';
import type { StateValue } from '../contract/state-value.js';
import {
  readFields,
  readGenome,
  readInteger,
  readList,
  readNumber,
  readScore,
} from '../contract/state-shape.js';
import {
  emptyEpochHistory,
  epochHistoryBytes,
  readEpochHistory,
  type EpochHistory,
} from './epoch-history.js';
import { readFound, type Found } from './found-architecture.js';

/** What the search does now: it proposes a trial of a kind, or waits for the one that it proposed. */
type Stage = (typeof stages)[number];

const stages = ['train', 'training', 'score', 'scoring', 'control', 'controlling', 'evaluate'] as const;

/** Rewards of the policy in an epoch, in the unit of the metric. */
export type EpochRewards = {
  /** Batches of scores that came, the rewards in them, … */
  readonly batches: number;
  readonly count: number;
  /** … the mean of these, … */
  readonly mean: number;
  /** … and the number and mean of those of the last batch. */
  readonly lastCount: number;
  readonly lastMean: number;
};

/** An evaluation whose outcome is not known. `own`: its index for the inner algorithm; null where that did not draw it. */
export type OpenEvaluation = { readonly index: number; readonly own: number | null };

/** An evaluation that came without a result and is proposed again. */
export type RepeatedEvaluation = { readonly genome: Genome; readonly own: number | null };

export type LearnedPathsState = {
  readonly inner: StateValue;
  readonly stage: Stage;
  /** Epochs that were trained. */
  readonly epoch: number;
  /** The trial that left the last weights; null before the first. */
  readonly weights: number | null;
  /** Proposals of the inner algorithm, which knows each by its number among them. */
  readonly proposed: number;
  /** Architectures whose scores did not come and are asked for again; empty: the next ones of the inner algorithm. */
  readonly again: readonly Genome[];
  /** Of the last epoch that was trained. */
  readonly rewards: EpochRewards;
  /** Evaluations of the epoch that were proposed, without repetitions. */
  readonly evaluations: number;
  readonly open: readonly OpenEvaluation[];
  readonly repeated: readonly RepeatedEvaluation[];
  /** Under the newest weights that have a scored evaluation; null before the first. */
  readonly found: Found | null;
  readonly history: EpochHistory;
};

/** An epoch before its first scores. */
export const noRewards: EpochRewards = { batches: 0, count: 0, mean: 0, lastCount: 0, lastMean: 0 };

/** The state before the first trial. */
export function initialLearnedPaths(inner: StateValue): LearnedPathsState {
  return {
    inner,
    stage: 'train',
    epoch: 0,
    weights: null,
    proposed: 0,
    again: [],
    rewards: noRewards,
    evaluations: 0,
    open: [],
    repeated: [],
    found: null,
    history: emptyEpochHistory,
  };
}

/** The rewards of an epoch with those of one more batch, of which there is at least one. */
export function withRewards(before: EpochRewards, rewards: readonly number[]): EpochRewards {
  const count = before.count + rewards.length;
  const lastMean = meanOf(rewards);
  // Divided before they are added, so that the mean of very large rewards does not overflow.
  const mean = before.mean * (before.count / count) + lastMean * (rewards.length / count) + 0;
  return { batches: before.batches + 1, count, mean, lastCount: rewards.length, lastMean };
}

/** The mean of some numbers, of which there is at least one; never −0, which no state can hold. */
export function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number / numbers.length, 0) + 0;
}

/** Upper bound of an encoded state without that of the inner algorithm, for so many evaluations an epoch. */
export function learnedPathsBytes(view: View, metrics: number, evaluations: number): number {
  const genome = largestGenomeBytes(view);
  // The architectures of a slice fit into its JSON text, of whose characters no number takes less than 1 for 2.25 bytes.
  const again = Math.min(sliceValueLimit * genome, 2.25 * sliceByteLimit);
  return 1_024 + 9 * metrics + genome + again + evaluations * (genome + 64) + epochHistoryBytes;
}

/** Checks a value read back; throws `AlgorithmError` that names the place of what is wrong. */
export function readLearnedPaths(
  view: View,
  metrics: number,
  evaluations: number,
  value: StateValue,
): LearnedPathsState {
  const fields = readFields(value, 'state', [
    'inner',
    'stage',
    'epoch',
    'weights',
    'proposed',
    'again',
    'rewards',
    'evaluations',
    'open',
    'repeated',
    'found',
    'history',
  ]);
  const { stage, weights, found = null } = fields;
  const known = stages.find((one) => one === stage);
  if (known === undefined) throw new AlgorithmError(`state.stage must be one of ${stages.join(', ')}`);
  return {
    inner: fields.inner ?? null,
    stage: known,
    epoch: readInteger(fields.epoch, 'state.epoch'),
    weights: weights === null ? null : readInteger(weights, 'state.weights'),
    proposed: readInteger(fields.proposed, 'state.proposed'),
    again: readList(fields.again, 'state.again', sliceValueLimit, (genome, place) =>
      readGenome(view, genome, place),
    ),
    rewards: readRewards(fields.rewards),
    evaluations: readInteger(fields.evaluations, 'state.evaluations'),
    open: readList(fields.open, 'state.open', evaluations, readOpen),
    repeated: readList(fields.repeated, 'state.repeated', evaluations, (item, place) => {
      const one = readFields(item, place, ['genome', 'own']);
      return { genome: readGenome(view, one.genome, `${place}.genome`), own: readOwn(one.own, place) };
    }),
    found: found === null ? null : readFound(view, metrics, found),
    history: readEpochHistory(fields.history, 'state.history'),
  };
}

function readRewards(value: StateValue | undefined): EpochRewards {
  const place = 'state.rewards';
  const fields = readFields(value, place, ['batches', 'count', 'mean', 'lastCount', 'lastMean']);
  return {
    batches: readInteger(fields.batches, `${place}.batches`),
    count: readInteger(fields.count, `${place}.count`),
    mean: readNumber(fields.mean, `${place}.mean`),
    lastCount: readInteger(fields.lastCount, `${place}.lastCount`),
    lastMean: readNumber(fields.lastMean, `${place}.lastMean`),
  };
}

function readOpen(value: StateValue, place: string): OpenEvaluation {
  const fields = readFields(value, place, ['index', 'own']);
  return { index: readInteger(fields.index, `${place}.index`), own: readOwn(fields.own, place) };
}

function readOwn(value: StateValue | undefined, place: string): number | null {
  return readScore(value, `${place}.own`) === null ? null : readInteger(value, `${place}.own`);
}

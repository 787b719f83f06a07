import type { Genome, View } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { StateValue } from '../contract/state-value.js';
import { isFiniteNumber, readFields, readGenome, readInteger, readList } from '../contract/state-shape.js';

/** What the search does now: it proposes a trial of a kind, or waits for the one that it proposed. */
type Stage = (typeof stages)[number];

const stages = ['train', 'training', 'score', 'scoring', 'evaluate'] as const;

/** What was found under one state of the weights; scores are oriented, higher is better. */
export type Found = {
  /** The trial that left the weights. */
  readonly weights: number;
  /** Evaluations with scores, … */
  readonly count: number;
  /** … the mean of their first scores, … */
  readonly mean: number;
  /** … and the best of them with its scores. */
  readonly genome: Genome;
  readonly scores: readonly number[];
};

/** Rewards of the control; oriented, higher is better. */
export type ControlRewards = { readonly mean: number; readonly best: number };

export type SharedWeightsState = {
  readonly inner: StateValue;
  readonly stage: Stage;
  /** Epochs that were trained. */
  readonly epoch: number;
  /** The trial that left the last weights; null before the first. */
  readonly weights: number | null;
  /** Proposals of the inner algorithm, and those of them whose outcomes it knows. */
  readonly proposed: number;
  readonly told: number;
  /** The index of an evaluation less the index that the inner algorithm knows it by. */
  readonly offset: number;
  /** With `search: 'during'`, evaluations proposed since the last epoch or the last full round of them. */
  readonly round: number;
  /** Cost that trials declared and that did not count, such as that of a cancelled one. */
  readonly owed: number;
  /** Under the newest weights that have a scored evaluation; null before the first. */
  readonly found: Found | null;
  /** Of the last control; null before the first. */
  readonly control: ControlRewards | null;
};

/** The state before the first trial. */
export function initialSharing(inner: StateValue): SharedWeightsState {
  return {
    inner,
    stage: 'train',
    epoch: 0,
    weights: null,
    proposed: 0,
    told: 0,
    offset: 0,
    round: 0,
    owed: 0,
    found: null,
    control: null,
  };
}

/** What was found, with one more scored evaluation under these weights. */
export function withEvaluation(
  found: Found | null,
  weights: number,
  genome: Genome,
  scores: readonly number[],
): Found {
  const score = scores[0] ?? 0;
  // Results under other weights are not comparable.
  if (found?.weights !== weights) return { weights, count: 1, mean: score, genome, scores };
  const count = found.count + 1;
  // Divided before they are added, so that the mean of very large scores does not overflow.
  const mean = found.mean - found.mean / count + score / count + 0;
  return isBetter(scores, found.scores)
    ? { weights, count, mean, genome, scores }
    : { ...found, count, mean };
}

/** Mean and best of the oriented rewards of a control. */
export function controlRewards(rewards: readonly number[]): ControlRewards {
  const mean = rewards.reduce((sum, reward) => sum + reward / rewards.length, 0);
  return { mean, best: rewards.reduce((most, reward) => Math.max(most, reward), -Number.MAX_VALUE) };
}

/** Upper bound of an encoded state without those of the inner algorithm and of a genome. */
export function sharingBytes(metrics: number): number {
  return 512 + 9 * metrics;
}

/** Checks a value read back; throws `AlgorithmError` that names the place of what is wrong. */
export function readSharedWeights(view: View, metrics: number, value: StateValue): SharedWeightsState {
  const fields = readFields(value, 'state', [
    'inner',
    'stage',
    'epoch',
    'weights',
    'proposed',
    'told',
    'offset',
    'round',
    'owed',
    'found',
    'control',
  ]);
  const { stage, weights, found = null, control = null } = fields;
  const known = stages.find((one) => one === stage);
  if (known === undefined) throw new AlgorithmError(`state.stage must be one of ${stages.join(', ')}`);
  return {
    inner: fields.inner ?? null,
    stage: known,
    epoch: readInteger(fields.epoch, 'state.epoch'),
    weights: weights === null ? null : readInteger(weights, 'state.weights'),
    proposed: readInteger(fields.proposed, 'state.proposed'),
    told: readInteger(fields.told, 'state.told'),
    offset: readInteger(fields.offset, 'state.offset'),
    round: readInteger(fields.round, 'state.round'),
    owed: readInteger(fields.owed, 'state.owed'),
    found: found === null ? null : readFound(view, metrics, found),
    control: control === null ? null : readControlRewards(control),
  };
}

function readFound(view: View, metrics: number, value: StateValue): Found {
  const fields = readFields(value, 'state.found', ['weights', 'count', 'mean', 'genome', 'scores']);
  return {
    weights: readInteger(fields.weights, 'state.found.weights'),
    count: readInteger(fields.count, 'state.found.count'),
    mean: readNumber(fields.mean, 'state.found.mean'),
    genome: readGenome(view, fields.genome, 'state.found.genome'),
    scores: readList(fields.scores, 'state.found.scores', metrics, readNumber),
  };
}

function readControlRewards(value: StateValue): ControlRewards {
  const fields = readFields(value, 'state.control', ['mean', 'best']);
  return {
    mean: readNumber(fields.mean, 'state.control.mean'),
    best: readNumber(fields.best, 'state.control.best'),
  };
}

function readNumber(value: StateValue | undefined, place: string): number {
  if (isFiniteNumber(value)) return value;
  throw new AlgorithmError(`${place} must be a finite number`);
}

/** Whether scores are better than others: the first that differs decides. */
function isBetter(scores: readonly number[], others: readonly number[]): boolean {
  for (const [place, score] of scores.entries()) {
    const other = others[place] ?? score;
    if (score !== other) return score > other;
  }
  return false;
}

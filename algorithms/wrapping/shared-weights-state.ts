import type { View } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { StateValue } from '../contract/state-value.js';
import { readFields, readInteger, readNumber } from '../contract/state-shape.js';
import { readFound, type Found } from './found-architecture.js';

/** What the search does now: it proposes a trial of a kind, or waits for the one that it proposed. */
type Stage = (typeof stages)[number];

const stages = ['train', 'training', 'score', 'scoring', 'evaluate'] as const;

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

function readControlRewards(value: StateValue): ControlRewards {
  const fields = readFields(value, 'state.control', ['mean', 'best']);
  return {
    mean: readNumber(fields.mean, 'state.control.mean'),
    best: readNumber(fields.best, 'state.control.best'),
  };
}

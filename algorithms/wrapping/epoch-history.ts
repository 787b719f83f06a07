import type { DescribedHistory } from '../contract/description.js';
import type { StateValue } from '../contract/state-value.js';
import { readFields, readInteger, readList, readNumber, readScore } from '../contract/state-shape.js';

/** What one epoch left; null where a number is not known. */
export type EpochRow = {
  readonly epoch: number;
  /** Mean rewards of the policy and of uniformly drawn architectures, in the unit of the metric. */
  readonly reward: number;
  readonly control: number;
  /** How much better the policy is; positive is better, whatever the goal of the metric. */
  readonly gain: number;
  /** Of the policy: its entropy and the divergence of its last update in nats, and how often it takes a skip. */
  readonly entropy: number | null;
  readonly divergence: number | null;
  readonly skips: number | null;
};

/** Rows of epochs: every `stride`-th from the first on, and the last one. A long search keeps no more than 64. */
export type EpochHistory = { readonly stride: number; readonly rows: readonly EpochRow[] };

const mostRows = 64;

const columns = ['epoch', 'reward', 'control', 'gain', 'entropy', 'KL', 'skip probability'] as const;

/** Upper bound of an encoded history. */
export const epochHistoryBytes = 64 + mostRows * 128;

/** A history before the first epoch. */
export const emptyEpochHistory: EpochHistory = { stride: 1, rows: [] };

/** The history with the row of a later epoch; a full one keeps every other of its rows. */
export function withEpoch({ stride, rows }: EpochHistory, row: EpochRow): EpochHistory {
  const last = rows.at(-1);
  const kept = last === undefined || isKept(last, stride) ? rows : rows.slice(0, -1);
  const all = [...kept, row];
  if (all.length <= mostRows) return { stride, rows: all };
  const wider = 2 * stride;
  return { stride: wider, rows: all.filter((one) => one === row || isKept(one, wider)) };
}

/** The history for people who watch, without columns in which nothing is known. */
export function describedHistory({ rows }: EpochHistory): DescribedHistory {
  const numbers = rows.map(numbersOf);
  const known = columns.flatMap((_, place) => (numbers.some((row) => row[place] !== null) ? [place] : []));
  return {
    columns: known.map((place) => columns[place] ?? ''),
    rows: numbers.map((row) => known.map((place) => row[place] ?? null)),
  };
}

/** Checks a value read back; throws `AlgorithmError` that names the place of what is wrong. */
export function readEpochHistory(value: StateValue | undefined, place: string): EpochHistory {
  const fields = readFields(value, place, ['stride', 'rows']);
  return {
    stride: Math.max(1, readInteger(fields.stride, `${place}.stride`)),
    rows: readList(fields.rows, `${place}.rows`, mostRows, readRow),
  };
}

function readRow(value: StateValue, place: string): EpochRow {
  const names = ['epoch', 'reward', 'control', 'gain', 'entropy', 'divergence', 'skips'] as const;
  const fields = readFields(value, place, names);
  return {
    epoch: readInteger(fields.epoch, `${place}.epoch`),
    reward: readNumber(fields.reward, `${place}.reward`),
    control: readNumber(fields.control, `${place}.control`),
    gain: readNumber(fields.gain, `${place}.gain`),
    entropy: readScore(fields.entropy, `${place}.entropy`),
    divergence: readScore(fields.divergence, `${place}.divergence`),
    skips: readScore(fields.skips, `${place}.skips`),
  };
}

function numbersOf(row: EpochRow): readonly (number | null)[] {
  return [row.epoch, row.reward, row.control, row.gain, row.entropy, row.divergence, row.skips];
}

function isKept({ epoch }: EpochRow, stride: number): boolean {
  return (epoch - 1) % stride === 0;
}

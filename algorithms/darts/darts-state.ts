import type { Genome, View } from '../../search-spaces/views/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { largestGenomeBytes } from '../contract/genome-bytes.js';
import { numbersOfBytes } from '../contract/number-bytes.js';
import type { Relaxation } from '../contract/relaxation.js';
import { isBytes } from '../contract/state-codec.js';
import { isFiniteNumber, readFields, readGenome, readInteger, readList } from '../contract/state-shape.js';
import type { StateValue } from '../contract/state-value.js';
import type { OptionsLeft } from './discretisation.js';
import { readWarmStartState, warmStartBytes, type WarmStartState } from './warm-start-state.js';
import { keptMeasurements, type EigenvalueMeasurement, type Ranking } from './stop-rules.js';

/** Why a search has trained its last epoch. */
export type DartsEnd = {
  readonly by: 'epochs' | 'skips' | 'ranking' | 'eigenvalue';
  /** Epochs of the search after which the architecture was derived that it returns. */
  readonly epoch: number;
  readonly genome: Genome;
};

export type DartsState = {
  /** Whether a trial was proposed whose outcome is not told. */
  readonly isPending: boolean;
  /** The stage of the next epoch, from 0, its epochs that are done, and all that are done. */
  readonly stage: number;
  readonly epoch: number;
  readonly total: number;
  /** The trial that left the last weights; null before the first. */
  readonly weights: number | null;
  readonly left: OptionsLeft;
  /** The last logits as little-endian doubles; zeros before the first. */
  readonly logits: Uint8Array;
  /** The last architecture of the stage with few skips, and the epochs of the search then; null where none was. */
  readonly accepted: { readonly epoch: number; readonly genome: Genome } | null;
  readonly ranking: Ranking | null;
  /** Those of the stage that the rule still looks at. */
  readonly eigenvalues: readonly EigenvalueMeasurement[];
  readonly end: DartsEnd | null;
  readonly isEvaluated: boolean;
  /** Of a search with a warm start alone. */
  readonly warm?: WarmStartState;
  /** Of a search over several tasks alone: the task of the next epoch, from 0. */
  readonly task?: number;
};

const ends = ['epochs', 'skips', 'ranking', 'eigenvalue'] as const satisfies readonly DartsEnd['by'][];

/** Upper bound of an encoded state. */
export function largestStateBytes(view: View, { size, rows }: Relaxation, isWarm: boolean): number {
  const warm = isWarm ? warmStartBytes(largestGenomeBytes(view)) : 0;
  const genomes = (keptMeasurements + 2) * (largestGenomeBytes(view) + 64);
  // Logits of eight bytes, and numbers of options, which are less than 2 ** 16, in two lists.
  return 512 + 8 * size + 2 * (5 * rows.length + 3 * size) + genomes + warm;
}

/** What the state of a search has beyond that of a cold search on one task. */
export interface StateForm {
  /** The numbers of an embedding; null: the search has no warm start. */
  readonly filters: number | null;
  readonly hasTasks: boolean;
}

/** Checks a value read back; throws `AlgorithmError` that names the place of what is wrong. */
export function readDartsState(
  view: View,
  relaxation: Relaxation,
  { filters, hasTasks }: StateForm,
  value: StateValue,
): DartsState {
  const fields = readFields(value, 'state', [
    ...(['isPending', 'stage', 'epoch', 'total', 'weights', 'left', 'logits'] as const),
    ...(['accepted', 'ranking', 'eigenvalues', 'end', 'isEvaluated'] as const),
    ...(filters === null ? [] : (['warm'] as const)),
    ...(hasTasks ? (['task'] as const) : []),
  ]);
  const { weights = null, logits, accepted = null, ranking = null, end = null } = fields;
  if (!isBytes(logits)) throw new AlgorithmError('state.logits must be bytes');
  numbersOfBytes(logits, relaxation.size, 'state.logits');
  return {
    isPending: readFlag(fields.isPending, 'state.isPending'),
    stage: readInteger(fields.stage, 'state.stage'),
    epoch: readInteger(fields.epoch, 'state.epoch'),
    total: readInteger(fields.total, 'state.total'),
    weights: weights === null ? null : readInteger(weights, 'state.weights'),
    left: readLeft(relaxation, fields.left),
    logits,
    accepted: accepted === null ? null : readAccepted(view, accepted),
    ranking: ranking === null ? null : readRanking(relaxation, ranking),
    eigenvalues: readList(fields.eigenvalues, 'state.eigenvalues', keptMeasurements, (item, place) =>
      readMeasurement(view, item, place),
    ),
    end: end === null ? null : readEnd(view, end),
    isEvaluated: readFlag(fields.isEvaluated, 'state.isEvaluated'),
    ...(filters === null ? {} : { warm: readWarmStartState(view, filters, hasTasks, fields.warm) }),
    ...(hasTasks ? { task: readInteger(fields.task, 'state.task') } : {}),
  };
}

function readFlag(value: StateValue | undefined, place: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new AlgorithmError(`${place} must be true or false`);
}

/** Checks the options that are left of each choice. */
export function readLeft({ rows, size }: Relaxation, value: StateValue | undefined): OptionsLeft {
  const left = readList(value, 'state.left', rows.length, (row, place) =>
    readList(row, place, size, readInteger),
  );
  const fits = left.every((options, row) => {
    const { of = 0, length = 0 } = rows[row] ?? {};
    return options.some((option) => option < of) && options.every((option) => option < length);
  });
  if (fits && left.length === rows.length) return left;
  throw new AlgorithmError('state.left must have for each choice the options that are left');
}

function readAccepted(view: View, value: StateValue): NonNullable<DartsState['accepted']> {
  const fields = readFields(value, 'state.accepted', ['epoch', 'genome']);
  return {
    epoch: readInteger(fields.epoch, 'state.accepted.epoch'),
    genome: readGenome(view, fields.genome, 'state.accepted.genome'),
  };
}

function readRanking({ size }: Relaxation, value: StateValue): Ranking {
  const fields = readFields(value, 'state.ranking', ['unchanged', 'order']);
  return {
    unchanged: readInteger(fields.unchanged, 'state.ranking.unchanged'),
    order: readList(fields.order, 'state.ranking.order', size, readInteger),
  };
}

function readMeasurement(view: View, value: StateValue, place: string): EigenvalueMeasurement {
  const fields = readFields(value, place, ['epoch', 'value', 'genome']);
  const { value: measured } = fields;
  if (!isFiniteNumber(measured)) throw new AlgorithmError(`${place}.value must be a finite number`);
  return {
    epoch: readInteger(fields.epoch, `${place}.epoch`),
    value: measured,
    genome: readGenome(view, fields.genome, `${place}.genome`),
  };
}

function readEnd(view: View, value: StateValue): DartsEnd {
  const fields = readFields(value, 'state.end', ['by', 'epoch', 'genome']);
  const by = ends.find((one) => one === fields.by);
  if (by === undefined) throw new AlgorithmError(`state.end.by must be one of ${ends.join(', ')}`);
  return {
    by,
    epoch: readInteger(fields.epoch, 'state.end.epoch'),
    genome: readGenome(view, fields.genome, 'state.end.genome'),
  };
}

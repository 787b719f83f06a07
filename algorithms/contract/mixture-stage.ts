import { isIntegerFrom, isPlainJson, isPlainObject } from '../../foundation/json/index.js';
import type { Json } from '../../foundation/json/index.js';
import { AlgorithmError } from './algorithm-error.js';
import { Configuration } from './configuration.js';

/**
 * What a `mix` slice says of its mixture (`slice.stage`): the algorithm writes it, the evaluation reads it with
 * `readMixtureStage`. Schedules are the algorithm's: the numbers are those of this epoch. Lists go by the rows of the
 * relaxation, the choices of the space in the order of its view.
 */
export type MixtureStage = {
  /** Number of the stage, from 1. At its first epoch, weights and mixture begin anew. */
  readonly stage: number;
  /** Number of the epoch in its stage, from 1, and how many the stage has: the learning rate of weights ends there. */
  readonly epoch: number;
  readonly epochs: number;
  /** The first epoch of the stage that trains the mixture, too; `epochs + 1` where none does. */
  readonly alphaFrom: number;
  /** Whether each row has one more logit, of a branch that is zero; it comes last. */
  readonly none: boolean;
  /** The options of each row that are left, that of zero by its number; null: all. */
  readonly left: readonly (readonly number[])[] | null;
  /** The optimiser of the mixture (Adam), and the standard deviation of its logits at first. */
  readonly alpha: {
    readonly learningRate: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly weightDecay: number;
    /** Largest norm of the gradient of all logits; null: any. */
    readonly clipNorm: number | null;
    readonly deviation: number;
  };
  /** 1: the gradient of the logits at the weights as they are. 2: at the weights after a step (DARTS, equation 7). */
  readonly order: 1 | 2;
  /** `sampled`: at each step one branch of each choice, drawn at this temperature; null: the weighted sum of all. */
  readonly temperature: number | null;
  /** The rate at which numbers of a branch that only passes on its input are dropped; null: never any. */
  readonly skipDropout: number | null;
  /** The factor of an input that is added beside the branches of its choice; null: never any. */
  readonly auxiliarySkip: number | null;
  /** Whether the largest eigenvalue of the Hessian of the validation loss by the logits is the last value. */
  readonly eigenvalue: boolean;
  /** What the network function finds as `stage` in its context, such as the number of cells. */
  readonly network: { readonly [key: string]: Json };
  /** What the first epoch begins with; absent: all is drawn. */
  readonly start?: MixtureStart;
  /**
   * Of a search over several tasks in turn, the number of the epoch's task, from 1: `epoch` and `epochs` are those of the
   * task. From the second task on, the first epoch goes on with weights and logits of the trial that it continues, but for
   * the classifier; optimisers begin anew. Absent: there is one task.
   */
  readonly task?: number;
};

/** What a mixture takes over from another search. */
export type MixtureStart = {
  /** Hash of the artifact with the logits, as little-endian doubles in the order of the rows; null: they are drawn. */
  readonly logits: string | null;
  /** Hash of the artifact with the checkpoint of the weights, but for those of the classifier; null: they are drawn. */
  readonly weights: string | null;
};

const owner = 'the stage of a slice';
const stageFields = [
  ...(['stage', 'epoch', 'epochs', 'alphaFrom', 'none', 'left', 'alpha', 'order', 'temperature'] as const),
  ...(['skipDropout', 'auxiliarySkip', 'eigenvalue', 'network', 'start', 'task'] as const),
] as const;
const alphaFields = ['learningRate', 'beta1', 'beta2', 'weightDecay', 'clipNorm', 'deviation'] as const;

/** Reads the stage of a `mix` slice; throws `AlgorithmError` with one sentence about the first thing that is wrong. */
export function readMixtureStage(value: unknown): MixtureStage {
  const fields = new Configuration(owner, value, stageFields);
  const epochs = fields.integer('epochs', 1, mostCount);
  const alpha = new Configuration(`'alpha' of ${owner}`, fields.value('alpha'), alphaFields);
  const order = fields.integer('order', 1, 2);
  return {
    stage: fields.integer('stage', 1, mostCount),
    epoch: fields.integer('epoch', 1, epochs),
    epochs,
    alphaFrom: fields.integer('alphaFrom', 1, epochs + 1),
    none: readFlag(fields, 'none'),
    left: fields.value('left') === null ? null : readLeft(fields),
    alpha: {
      learningRate: alpha.number('learningRate', 0, mostNumber, Number.NaN),
      beta1: alpha.number('beta1', 0, 1, Number.NaN),
      beta2: alpha.number('beta2', 0, 1, Number.NaN),
      weightDecay: alpha.number('weightDecay', 0, mostNumber, Number.NaN),
      clipNorm: readOptional(alpha, 'clipNorm', mostNumber),
      deviation: alpha.number('deviation', 0, mostNumber, Number.NaN),
    },
    order: order === 1 ? 1 : 2,
    temperature: readOptional(fields, 'temperature', mostNumber),
    skipDropout: readOptional(fields, 'skipDropout', 1),
    auxiliarySkip: readOptional(fields, 'auxiliarySkip', mostNumber),
    eigenvalue: readFlag(fields, 'eigenvalue'),
    network: readNetwork(fields),
    ...(fields.value('start') === undefined ? {} : { start: readStart(fields) }),
    ...(fields.value('task') === undefined ? {} : { task: fields.integer('task', 1, mostCount) }),
  };
}

function readStart(fields: Configuration): MixtureStart {
  const own = new Configuration(`'start' of ${owner}`, fields.value('start'), ['logits', 'weights']);
  const hashOf = (field: string): string | null => {
    const value = own.value(field);
    if (value === null || (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value))) return value;
    return own.refuse(field, 'null or the hash of an artifact');
  };
  return { logits: hashOf('logits'), weights: hashOf('weights') };
}

const mostCount = 1_000_000;
const mostNumber = 1e30;

function readFlag(fields: Configuration, field: string): boolean {
  const value = fields.value(field);
  return typeof value === 'boolean' ? value : fields.refuse(field, 'true or false');
}

function readOptional(fields: Configuration, field: string, most: number): number | null {
  return fields.value(field) === null ? null : fields.number(field, 0, most, Number.NaN);
}

function readLeft(fields: Configuration): readonly (readonly number[])[] {
  const rows: unknown = fields.value('left');
  if (!Array.isArray(rows)) return fields.refuse('left', 'null or a list of options for each row');
  return rows.map((row: unknown, place) => {
    const options: readonly unknown[] = Array.isArray(row) ? row : [];
    const own = options.flatMap((option) =>
      isIntegerFrom(option, 0, Number.MAX_SAFE_INTEGER) ? [option] : [],
    );
    const isSet = own.length > 0 && own.length === options.length && new Set(own).size === own.length;
    if (isSet) return own;
    throw new AlgorithmError(`row ${place} of 'left' of ${owner} must be a list of different options`);
  });
}

function readNetwork(fields: Configuration): MixtureStage['network'] {
  const value = fields.value('network');
  return isPlainJson(value) && isPlainObject(value) ? value : fields.refuse('network', 'an object');
}

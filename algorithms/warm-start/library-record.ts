import {
  canonicalJson,
  isIntegerFrom,
  isPlainJson,
  isPlainObject,
  utf8Bytes,
} from '../../foundation/json/index.js';
import type { Json } from '../../foundation/json/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import { Configuration } from '../contract/configuration.js';
import { sliceValueLimit } from '../contract/slice.js';

const format = 'duramen-library-record/1';
/** That of records over several tasks, which earlier builds refuse instead of taking them for one task. */
const metaFormat = 'duramen-library-record/2';

/** A mask: the options of each choice that are left, in the order of the relaxation. */
export type OperationMask = readonly (readonly number[])[];

/**
 * What a finished differentiable search left for later ones: numbers alone, never code. Its hash is its name. It serves
 * searches of the same space, with the same branch of zero, whose data the same probe embedded.
 */
export type LibraryRecord = {
  readonly format: typeof format | typeof metaFormat;
  /** What people call its task. */
  readonly task: string;
  /** Tells the data of tasks apart: the text that `readTaskEmbedding` makes; of several tasks a hash of theirs. */
  readonly fingerprint: string;
  /** Of a search over several tasks in turn alone, what tells their data apart: none of them may be the target. */
  readonly tasks?: readonly string[];
  /** Hash of the space: operations, edges and types of cells. */
  readonly space: string;
  /** Whether its choices had a branch of zero. */
  readonly none: boolean;
  /** Hash of the probe network, and the embedding of the data by it; of several tasks the mean of theirs. */
  readonly probe: string;
  readonly embedding: readonly number[];
  /** What was left in each stage after the first. */
  readonly masks: readonly OperationMask[];
  /** The logits of the last stage, in the order of the relaxation. */
  readonly logits: readonly number[];
  readonly genotype: Genome;
  /** Hash of the checkpoint of the last weights; null where they are not kept. */
  readonly weights: string | null;
  readonly search: {
    readonly id: string;
    readonly seed: number | string;
    readonly algorithm: AlgorithmReference;
    readonly trajectory: string;
  };
  readonly cost: {
    readonly epochs: number;
    /** Candidate operations that were run forwards and backwards; null where the search did not count them. */
    readonly operationEvaluations: number | null;
  };
  /** Why it ended, in words. */
  readonly stop: string;
  /** Accuracy of the derived architecture when it was trained alone; null where it was not. */
  readonly retrained: {
    readonly metric: string;
    readonly mean: number;
    readonly deviation: number;
    readonly trainings: number;
  } | null;
};

const owner = 'the record';
const hashPattern = /^[0-9a-f]{64}$/;
const mostStages = 32;
const mostGenes = 100_000;
const mostTasks = 64;

/** The form of a record of one task, or of several. */
export function recordFormat(tasks: readonly string[] | undefined): LibraryRecord['format'] {
  return tasks === undefined ? format : metaFormat;
}

/** The bytes of a record, which its hash is of. */
export function recordBytes(record: LibraryRecord): Uint8Array {
  const { search, ...rest } = record;
  const { config } = search.algorithm;
  // The configuration of a reference is plain JSON, which its type, that of a state, says too little of.
  if (!isPlainJson(config))
    throw new AlgorithmError('the configuration of a search in a record must be plain JSON');
  return utf8Bytes(
    canonicalJson({ ...rest, search: { ...search, algorithm: { ...search.algorithm, config } } }),
  );
}

/** A record that was read, under its hash. */
export interface NamedRecord {
  readonly hash: string;
  readonly record: LibraryRecord;
}

/** Reads a record and checks that it has this hash; throws `AlgorithmError` with one sentence. */
export function namedRecord(hash: string, bytes: Uint8Array): NamedRecord {
  if (sha256Hex(bytes) !== hash) throw new AlgorithmError('its bytes have another hash: it is damaged');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new AlgorithmError('it is no JSON text');
  }
  const record = readRecord(value);
  // A search finds the record again by the hash of its one form.
  if (sha256Hex(recordBytes(record)) !== hash)
    throw new AlgorithmError('its text is not in the form that a library writes');
  return { hash, record };
}

/** Checks a record of unknown origin; throws `AlgorithmError` with one sentence about the first thing that is wrong. */
export function readRecord(value: unknown): LibraryRecord {
  const found = isPlainObject(value) ? value['format'] : undefined;
  if (found !== format && found !== metaFormat) {
    throw new AlgorithmError(
      `it is of the format ${JSON.stringify(found) ?? 'nothing'}, and this build reads ${format} and ${metaFormat}: use a build that reads it`,
    );
  }
  const fields = new Configuration(owner, value, [
    ...['format', 'task', 'fingerprint', 'space', 'none', 'probe', 'embedding', 'masks', 'logits'],
    ...['genotype', 'weights', 'search', 'cost', 'stop', 'retrained'],
    ...(found === metaFormat ? ['tasks'] : []),
  ]);
  const none = fields.value('none');
  const logits = numbersOf(fields, 'logits', -Number.MAX_VALUE);
  return {
    format: found,
    task: textOf(fields, 'task', 200),
    fingerprint: textOf(fields, 'fingerprint', 1_000),
    ...(found === metaFormat ? { tasks: readTasks(fields) } : {}),
    space: hashOf(fields, 'space'),
    none: typeof none === 'boolean' ? none : fields.refuse('none', 'true or false'),
    probe: hashOf(fields, 'probe'),
    embedding: numbersOf(fields, 'embedding', 0),
    masks: listOf(fields, 'masks', mostStages).map((mask) => readMask(fields, mask)),
    logits,
    genotype: listOf(fields, 'genotype', mostGenes).map((gene) =>
      typeof gene === 'number' && Number.isFinite(gene)
        ? gene
        : fields.refuse('genotype', 'a list of numbers'),
    ),
    weights: fields.value('weights') === null ? null : hashOf(fields, 'weights'),
    search: readSearch(fields),
    cost: readCost(fields),
    stop: textOf(fields, 'stop', 1_000),
    retrained: fields.value('retrained') === null ? null : readRetrained(fields),
  };
}

function readTasks(fields: Configuration): readonly string[] {
  const list = listOf(fields, 'tasks', mostTasks);
  const tasks = list.flatMap((one) => (typeof one === 'string' && one.length <= 1_000 ? [one] : []));
  return tasks.length > 1 && tasks.length === list.length
    ? tasks
    : fields.refuse('tasks', 'the fingerprints of at least two tasks');
}

function readMask(fields: Configuration, mask: unknown): OperationMask {
  const rows: readonly unknown[] = Array.isArray(mask) ? mask : fields.refuse('masks', 'a list of masks');
  return rows.map((row) => {
    const options: readonly unknown[] = Array.isArray(row) ? row : [];
    const own = options.flatMap((option) => (isIntegerFrom(option, 0, sliceValueLimit) ? [option] : []));
    return own.length > 0 && own.length === options.length
      ? own
      : fields.refuse('masks', 'a list of masks, each with the options of each choice that are left');
  });
}

function readSearch(fields: Configuration): LibraryRecord['search'] {
  const own = new Configuration(`'search' of ${owner}`, fields.value('search'), [
    'id',
    'seed',
    'algorithm',
    'trajectory',
  ]);
  const seed = own.value('seed');
  return {
    id: textOf(own, 'id', 1_000),
    seed:
      typeof seed === 'string' || typeof seed === 'number' ? seed : own.refuse('seed', 'a number or a text'),
    algorithm: own.algorithm('algorithm'),
    trajectory: textOf(own, 'trajectory', 200),
  };
}

function readCost(fields: Configuration): LibraryRecord['cost'] {
  const own = new Configuration(`'cost' of ${owner}`, fields.value('cost'), [
    'epochs',
    'operationEvaluations',
  ]);
  return {
    epochs: own.integer('epochs', 1, Number.MAX_SAFE_INTEGER),
    operationEvaluations:
      own.value('operationEvaluations') === null
        ? null
        : own.number('operationEvaluations', 0, Number.MAX_VALUE, Number.NaN),
  };
}

function readRetrained(fields: Configuration): NonNullable<LibraryRecord['retrained']> {
  const names = ['metric', 'mean', 'deviation', 'trainings'];
  const own = new Configuration(`'retrained' of ${owner}`, fields.value('retrained'), names);
  return {
    metric: textOf(own, 'metric', 200),
    mean: own.number('mean', -Number.MAX_VALUE, Number.MAX_VALUE, Number.NaN),
    deviation: own.number('deviation', 0, Number.MAX_VALUE, Number.NaN),
    trainings: own.integer('trainings', 1, 1e6),
  };
}

function textOf(fields: Configuration, field: string, longest: number): string {
  const value = fields.value(field);
  return typeof value === 'string' && value.length <= longest
    ? value
    : fields.refuse(field, `a text of at most ${longest} characters`);
}

function hashOf(fields: Configuration, field: string): string {
  const value = fields.value(field);
  return typeof value === 'string' && hashPattern.test(value)
    ? value
    : fields.refuse(field, 'a hash of 64 hexadecimal digits');
}

function listOf(fields: Configuration, field: string, longest: number): readonly unknown[] {
  const value: unknown = fields.value(field);
  return Array.isArray(value) && value.length <= longest
    ? value
    : fields.refuse(field, `a list of at most ${longest}`);
}

function numbersOf(fields: Configuration, field: string, least: number): readonly number[] {
  const list = listOf(fields, field, sliceValueLimit);
  const numbers = list.flatMap((one) =>
    typeof one === 'number' && Number.isFinite(one) && one >= least ? [one] : [],
  );
  return numbers.length > 0 && numbers.length === list.length
    ? numbers
    : fields.refuse(field, `a list of numbers${least === 0 ? ' ≥ 0' : ''}`);
}

/** A record as plain JSON. */
export function recordJson(record: LibraryRecord): Json {
  return JSON.parse(new TextDecoder().decode(recordBytes(record))) as Json;
}

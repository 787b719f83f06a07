import { unreachable } from '../../foundation/errors/index.js';
import {
  isIntegerFrom,
  isPlainJson,
  isPlainObject,
  unknownField,
  utf8Bytes,
} from '../../foundation/json/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import { AlgorithmError } from './algorithm-error.js';

/** Most bytes of a slice as JSON text: it stands in the history and in the journal of its search. */
export const sliceByteLimit = 8_000;

/** Most numbers that a slice hands back beside its metrics. */
export const sliceValueLimit = 384;

/** Longest label of a slice, in characters. */
const labelLimit = 200;

/**
 * A part of one training that the trials of a search share: what to do in this trial with the weights of the trial that
 * it continues. `train` makes one pass over the training data, `mix` one bilevel epoch; both leave weights. `score`
 * measures architectures, `evaluate` the trial's own genome, `embed` the data set; these leave none.
 */
export type Slice = TrainSlice | MixSlice | ScoreSlice | EvaluateSlice | EmbedSlice;

interface SliceOfAnyKind {
  /** What the trial adds to the search's cost budget, whatever its evaluation says of a cost (0). */
  readonly cost?: number;
  /** One short line for people who watch, such as `epoch 12: update 8 of 30`. */
  readonly label?: string;
}

/** One pass over the training data, along one path of the network at each step. */
export interface TrainSlice extends SliceOfAnyKind {
  readonly kind: 'train';
  /** Number of the pass, from 1. */
  readonly epoch: number;
  /** Passes that the search declares: schedules end there. Absent: the evaluation knows. */
  readonly epochs?: number;
  readonly paths: { readonly from: 'uniform' | 'fair' } | Draw;
  /** Paths that a command finds in its file of draws; a function asks for as many as it needs. */
  readonly steps?: number;
}

/** One epoch that trains weights and the mixture of operations in turn. Values: the mixture's parameters. */
export interface MixSlice extends SliceOfAnyKind {
  readonly kind: 'mix';
  /** Number of the pass, from 1. */
  readonly epoch: number;
  /** Which operations are left, and how they are trained: plain JSON between the algorithm and the evaluation. */
  readonly stage: { readonly [key: string]: Json };
  /** Whether the mixture is trained, or the weights alone. */
  readonly alphaSteps: boolean;
  /** How many values the evaluation hands back. Absent: as many as it likes. */
  readonly values?: number;
}

/** Shared scores of architectures that are drawn. Values: `count` rewards, in the order of the draws. */
export interface ScoreSlice extends SliceOfAnyKind {
  readonly kind: 'score';
  readonly count: number;
  readonly draw: Draw;
  /** Validation examples for each score. */
  readonly examples: number;
  /**
   * Name of a stream of random numbers: each architecture is scored on examples of its own, which its place in the
   * slice and the stream decide. Absent: all on the same examples.
   */
  readonly batches?: string;
}

/** The trial's own genome on all validation data. */
export interface EvaluateSlice extends SliceOfAnyKind {
  readonly kind: 'evaluate';
  /** Where a mixture left the weights: what its last slice said of it. */
  readonly stage?: { readonly [key: string]: Json };
}

/** An embedding of the data set by a probe network. Values: the embedding. */
export interface EmbedSlice extends SliceOfAnyKind {
  readonly kind: 'embed';
  /** Hash of the probe. */
  readonly probe: string;
  /** Of a search over several tasks the number of the task whose data are embedded, from 1. */
  readonly task?: number;
  /** How many values the evaluation hands back. Absent: as many as it likes. */
  readonly values?: number;
}

/** From where architectures are drawn, and by which stream of random numbers of the search. */
export type Draw =
  | {
      readonly from: 'policy';
      /** Hash of the policy: a bulk that an update of the algorithm left. */
      readonly policy: string;
      readonly stream: string;
    }
  | { readonly from: 'uniform'; readonly stream: string }
  /** Architectures that the algorithm drew itself. */
  | { readonly from: 'list'; readonly genomes: readonly Genome[] };

/** Whether a slice leaves the weights from which later slices go on. */
export function leavesWeights({ kind }: Slice): boolean {
  return kind === 'train' || kind === 'mix';
}

/** How a slice draws architectures; null where it draws none. */
export function drawOf(slice: Slice): Draw | null {
  if (slice.kind === 'score') return slice.draw;
  if (slice.kind !== 'train') return null;
  const { paths } = slice;
  return 'stream' in paths || 'genomes' in paths ? paths : null;
}

/** Checks a slice of unknown origin; throws `AlgorithmError` with one sentence about the first thing that is wrong. */
export function checkSlice(value: unknown): Slice {
  if (!isPlainObject(value) || !isPlainJson(value)) return refuse('a slice must be a plain JSON object');
  const { length } = utf8Bytes(JSON.stringify(value));
  if (length > sliceByteLimit) {
    return refuse(
      `a slice takes ${length} bytes of JSON, the limit is ${sliceByteLimit}: keep what is large in the algorithm's bulk`,
    );
  }
  const { kind } = value;
  if (!isSliceKind(kind)) {
    return refuse(`'kind' of a slice must be one of ${sliceKinds.join(', ')}, it is ${JSON.stringify(kind)}`);
  }
  const strange = unknownField(value, ['kind', 'cost', 'label', ...fieldsOf[kind]]);
  if (strange !== undefined) {
    return refuse(
      `a slice of kind '${kind}' has no field '${strange}': its fields are ${fieldsOf[kind].join(', ')}`,
    );
  }
  demandFields(kind, value);
  // Every field of this kind was looked at, which the type of an object read from JSON cannot say.
  return value as unknown as Slice;
}

const fieldsOf = {
  train: ['epoch', 'epochs', 'paths', 'steps'],
  mix: ['epoch', 'stage', 'alphaSteps', 'values'],
  score: ['count', 'draw', 'examples', 'batches'],
  evaluate: ['stage'],
  embed: ['probe', 'task', 'values'],
} as const satisfies Readonly<Record<Slice['kind'], readonly string[]>>;

const sliceKinds = Object.keys(fieldsOf);

type Fields = { readonly [key: string]: unknown };

function isSliceKind(value: unknown): value is Slice['kind'] {
  return typeof value === 'string' && Object.hasOwn(fieldsOf, value);
}

function demandFields(kind: Slice['kind'], slice: Fields): void {
  const { cost, label } = slice;
  demand(kind, 'cost', cost === undefined || (isFiniteNumber(cost) && cost >= 0), 'a number ≥ 0', cost);
  demand(
    kind,
    'label',
    label === undefined || (typeof label === 'string' && label.length <= labelLimit),
    `a text of at most ${labelLimit} characters`,
    label,
  );
  switch (kind) {
    case 'train':
      demandCount(kind, 'epoch', slice['epoch']);
      if (slice['epochs'] !== undefined) demandCount(kind, 'epochs', slice['epochs']);
      demandPaths(kind, slice['paths']);
      if (slice['steps'] !== undefined) demandCount(kind, 'steps', slice['steps']);
      return;
    case 'mix':
      demandCount(kind, 'epoch', slice['epoch']);
      demand(kind, 'stage', isPlainObject(slice['stage']), 'an object', slice['stage']);
      demand(
        kind,
        'alphaSteps',
        typeof slice['alphaSteps'] === 'boolean',
        'true or false',
        slice['alphaSteps'],
      );
      if (slice['values'] !== undefined) demandCount(kind, 'values', slice['values'], sliceValueLimit);
      return;
    case 'score':
      demandCount(kind, 'count', slice['count'], sliceValueLimit);
      demandDraw(kind, 'draw', slice['draw']);
      demandCount(kind, 'examples', slice['examples']);
      if (slice['batches'] !== undefined)
        demand(kind, 'batches', isName(slice['batches']), 'the name of a stream', slice['batches']);
      return;
    case 'evaluate':
      if (slice['stage'] !== undefined)
        demand(kind, 'stage', isPlainObject(slice['stage']), 'an object', slice['stage']);
      return;
    case 'embed':
      demand(kind, 'probe', isName(slice['probe']), 'the name of a probe', slice['probe']);
      if (slice['task'] !== undefined) demandCount(kind, 'task', slice['task']);
      if (slice['values'] !== undefined) demandCount(kind, 'values', slice['values'], sliceValueLimit);
      return;
    default:
      unreachable(kind, 'kind of slice');
  }
}

function demandPaths(kind: Slice['kind'], paths: unknown): void {
  const isOwnRule =
    isPlainObject(paths) &&
    Object.keys(paths).length === 1 &&
    (paths['from'] === 'uniform' || paths['from'] === 'fair');
  if (!isOwnRule) demandDraw(kind, 'paths', paths);
}

function demandDraw(kind: Slice['kind'], field: string, draw: unknown): void {
  const fields: Fields = isPlainObject(draw) ? draw : {};
  const { from, policy, stream, genomes } = fields;
  const known = typeof from === 'string' ? drawFields.get(from) : undefined;
  const isKnown = known !== undefined && unknownField(fields, known) === undefined;
  const forms =
    "{ from: 'uniform', stream }, { from: 'policy', policy, stream } or { from: 'list', genomes }";
  demand(kind, field, isKnown, forms, draw);
  if (from === 'list') {
    demand(kind, `${field}.genomes`, areGenomes(genomes), 'a list of genomes', genomes);
    return;
  }
  demand(kind, `${field}.stream`, isName(stream), 'the name of a stream', stream);
  if (from !== 'policy') return;
  const isHash = typeof policy === 'string' && /^[0-9a-f]{64}$/.test(policy);
  demand(kind, `${field}.policy`, isHash, 'the hash of a bulk', policy);
}

const drawFields: ReadonlyMap<string, readonly string[]> = new Map([
  ['uniform', ['from', 'stream']],
  ['policy', ['from', 'policy', 'stream']],
  ['list', ['from', 'genomes']],
]);

function areGenomes(value: unknown): boolean {
  const isGenome = (genome: unknown): boolean => Array.isArray(genome) && genome.every(isFiniteNumber);
  return Array.isArray(value) && value.length > 0 && value.every(isGenome);
}

function demandCount(
  kind: Slice['kind'],
  field: string,
  value: unknown,
  most = Number.MAX_SAFE_INTEGER,
): void {
  const must =
    most === Number.MAX_SAFE_INTEGER ? 'a whole number above 0' : `a whole number from 1 to ${most}`;
  demand(kind, field, isIntegerFrom(value, 1, most), must, value);
}

function demand(kind: Slice['kind'], field: string, holds: boolean, must: string, value: unknown): void {
  if (holds) return;
  const found = value === undefined ? 'it is missing' : `it is ${JSON.stringify(value).slice(0, 60)}`;
  refuse(`'${field}' of a slice of kind '${kind}' must be ${must}, ${found}`);
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= 128;
}

function refuse(sentence: string): never {
  throw new AlgorithmError(sentence);
}

import { utf8Bytes } from '../../foundation/json/index.js';
import type { Genome, View } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { SearchProblem } from '../contract/algorithm.js';
import { largestGenomeBytes } from '../contract/genome-bytes.js';
import { optimisedMetrics } from '../contract/score.js';
import {
  isFiniteNumber,
  longestBulkName,
  readBulkName,
  readFields,
  readGenome,
  readInteger,
  readList,
  readNumber,
} from '../contract/state-shape.js';
import type { StateValue } from '../contract/state-value.js';
import type { Outcome } from '../contract/trial.js';
import type { OwnConfig } from './own-options.js';

/** What a program gave its proposal to remember it by, and gets back with the outcome. */
export type Note = string | number | null;

/** Most characters of a note that is text. */
export const longestNote = 32;

/** A point that a program proposed. */
export type OwnProposal = { readonly genome: Genome; readonly note: Note };

/** An outcome that the program has not heard of. */
export type HeardOutcome = {
  readonly index: number;
  readonly genome: Genome;
  /** False for a point that a user gave. */
  readonly proposed: boolean;
  readonly kind: Outcome['kind'];
  /** The declared metrics that were reported. */
  readonly metrics: { readonly [name: string]: number };
  /** One number for each optimised metric, higher is better; null where the outcome has no score. */
  readonly scores: readonly number[] | null;
  readonly note: Note;
};

/** What is between a search and the program that decides in it. */
export type OwnState = {
  /** Hash of the program's own state in the artifact store; null before it has any. */
  readonly bulk: string | null;
  /** Answers of the program so far. */
  readonly answers: number;
  /** Its proposals that are no trials yet. */
  readonly queue: readonly OwnProposal[];
  /** Trials that it proposed and whose outcomes are not known. */
  readonly pending: readonly { readonly index: number; readonly note: Note }[];
  /** Outcomes for its next call, in the order in which the search told them. */
  readonly heard: readonly HeardOutcome[];
  /** Outcomes since the last call that were too many to keep. */
  readonly missed: number;
  /** The last answer had no proposal: the program wants to hear an outcome first. */
  readonly idle: boolean;
  /** The program will never propose again. */
  readonly done: boolean;
};

type Problem = SearchProblem<OwnConfig>;

/** Most trials of a program without an outcome. */
export const mostPending = 512;
/** Outcomes that are kept for the next call, at most, and the bytes that a state aims at. */
const mostHeard = 1_024;
const intendedBytes = 240_000;
const leastHeard = 16;
const noteBytes = 3 * longestNote + 2;

/** Number of outcomes that are kept for the next call. */
export function heardLimit(problem: Problem): number {
  const room = Math.floor((intendedBytes - bytesWithoutHeard(problem)) / heardBytes(problem));
  return Math.max(leastHeard, Math.min(mostHeard, room));
}

/** Upper bound in bytes of an encoded state. */
export function largestOwnState(problem: Problem): number {
  return bytesWithoutHeard(problem) + heardLimit(problem) * heardBytes(problem);
}

function bytesWithoutHeard({ view, config }: Problem): number {
  const queue = config.batch * (16 + largestGenomeBytes(view) + noteBytes);
  return 256 + longestBulkName + queue + mostPending * (24 + noteBytes);
}

function heardBytes({ view, metrics }: Problem): number {
  const named = metrics.reduce((bytes, { name }) => bytes + utf8Bytes(name).length + 14, 0);
  return 112 + largestGenomeBytes(view) + named + 9 * optimisedMetrics(metrics).length + noteBytes;
}

/** The state that a value is; throws `AlgorithmError` for one that this problem cannot have. */
export function readOwnState(problem: Problem, value: StateValue): OwnState {
  const { view, config } = problem;
  const fields = readFields(value, 'state', [
    'bulk',
    'answers',
    'queue',
    'pending',
    'heard',
    'missed',
    'idle',
    'done',
  ]);
  return {
    bulk: readBulkName(fields.bulk ?? null),
    answers: readInteger(fields.answers, 'state.answers'),
    queue: readProposals(view, fields.queue, 'state.queue', config.batch),
    pending: readList(fields.pending, 'state.pending', mostPending, (item, place) => {
      const { index, note } = readFields(item, place, ['index', 'note']);
      return { index: readInteger(index, `${place}.index`), note: readNote(note, `${place}.note`) };
    }),
    heard: readList(fields.heard, 'state.heard', heardLimit(problem), (item, place) => {
      const heard = readHeardOutcome(item, place);
      readGenome(view, heard.genome, `${place}.genome`);
      return heard;
    }),
    missed: readInteger(fields.missed, 'state.missed'),
    idle: readFlag(fields.idle, 'state.idle'),
    done: readFlag(fields.done, 'state.done'),
  };
}

/** At most `most` proposals. */
export function readProposals(
  view: View,
  value: StateValue | undefined,
  where: string,
  most: number,
): readonly OwnProposal[] {
  return readList(value, where, most, (item, place) => {
    const { genome, note } = readFields(item, place, ['genome', 'note']);
    return { genome: readGenome(view, genome, `${place}.genome`), note: readNote(note, `${place}.note`) };
  });
}

/** An outcome that a program has not heard of. */
export function readHeardOutcome(item: StateValue, place: string): HeardOutcome {
  const fields = readFields(item, place, [
    'index',
    'genome',
    'proposed',
    'kind',
    'metrics',
    'scores',
    'note',
  ]);
  return {
    index: readInteger(fields.index, `${place}.index`),
    genome: readList(fields.genome, `${place}.genome`, Infinity, readNumber),
    proposed: readFlag(fields.proposed, `${place}.proposed`),
    kind: readKind(fields.kind, `${place}.kind`),
    metrics: readMetricValues(fields.metrics, `${place}.metrics`),
    scores: fields.scores === null ? null : readList(fields.scores, `${place}.scores`, Infinity, readNumber),
    note: readNote(fields.note, `${place}.note`),
  };
}

/** A note, or null where a proposal has none. */
export function readNote(value: StateValue | undefined, place: string): Note {
  if (value === null || isFiniteNumber(value)) return value;
  if (typeof value === 'string' && value.length <= longestNote) return value;
  throw new AlgorithmError(`${place} must be a number or a text of at most ${longestNote} characters`);
}

/** A truth value. */
export function readFlag(value: StateValue | undefined, place: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new AlgorithmError(`${place} must be true or false`);
}

const kinds: readonly Outcome['kind'][] = ['scored', 'infeasible', 'stopped', 'failed', 'cancelled'];

function readKind(value: StateValue | undefined, place: string): Outcome['kind'] {
  const kind = kinds.find((known) => known === value);
  if (kind !== undefined) return kind;
  throw new AlgorithmError(`${place} must be one of ${kinds.join(', ')}`);
}

function readMetricValues(value: StateValue | undefined, place: string): HeardOutcome['metrics'] {
  if (typeof value !== 'object' || value === null)
    throw new AlgorithmError(`${place} must be an object of numbers`);
  return Object.fromEntries(
    Object.entries(value).map(([name, number]: [string, StateValue]) => [
      name,
      readNumber(number, `${place}.${name}`),
    ]),
  );
}

import { isPlainObject, utf8Bytes } from '../../foundation/json/index.js';
import { validate } from '../../search-spaces/genomes/index.js';
import type { Genome, View } from '../../search-spaces/views/index.js';
import { AlgorithmError } from './algorithm-error.js';
import type { AlgorithmReference } from './algorithm-reference.js';
import type { Configuration } from './configuration.js';

/** A told point of an earlier search, as a point of this search's space. */
export interface PriorPoint {
  readonly genome: Genome;
  /** One number for each optimised metric of this search, higher is better. */
  readonly scores: readonly number[];
  /** The place of its search among those that the configuration names. */
  readonly source: number;
}

/** Prior points by the hash of their bytes in the artifact store, and the hash of the space whose points they are. */
export type PriorReference = { readonly hash: string; readonly space: string };

/** How a configuration, as a definition holds it, names earlier searches from whose points the algorithm starts. */
export interface PriorUse {
  /** Names of the searches; null: it names none. */
  readonly from: (config: unknown) => readonly string[] | null;
  /** The points that it was resolved to; null: it was not. */
  readonly points: (config: unknown) => PriorReference | null;
  /** The configuration resolved to these points. */
  readonly resolved: (
    config: AlgorithmReference['config'],
    points: PriorReference,
  ) => AlgorithmReference['config'];
}

/** Prior points of a search, at most; the client keeps the best. */
export const mostPriorPoints = 128;
/** Of them so many are tried first. */
export const priorInitialPoints = 10;

const format = 'duramen-prior-points/1';
const hashPattern = /^[0-9a-f]{64}$/;
const mostSearches = 64;

/** The fields of a configuration that names earlier searches. */
export const priorFields = ['from', 'prior'] as const;

/** `PriorUse` of a configuration whose fields are `from`, the names, and `prior`, the points. */
export const priorUse: PriorUse = {
  from: (config) => (isPlainObject(config) ? namesIn(config['from']) : null),
  points: (config) => (isPlainObject(config) ? referenceIn(config['prior']) : null),
  resolved: (config, points) => ({ ...config, prior: points }),
};

/**
 * Checks the fields `from` and `prior` of a configuration and answers the points; null where it names no searches. An
 * algorithm that learns from the points asks for its first update with their hash as bulk, and reads them there.
 */
export function readPriorFields(algorithm: string, fields: Configuration): PriorReference | null {
  const from = fields.value('from');
  if (from === undefined) return null;
  if (namesIn(from) === null)
    return fields.refuse('from', `a list of the names of at most ${mostSearches} searches`);
  const points = referenceIn(fields.value('prior'));
  if (points !== null) return points;
  throw new AlgorithmError(
    `'from' of ${algorithm} names searches whose points were not read: only a search file that this home loads can have it`,
  );
}

/** The bytes of prior points, equal for equal points. */
export function priorBytes(points: readonly PriorPoint[]): Uint8Array {
  const plain = points.map(({ genome, scores, source }) => [[...genome], [...scores], source]);
  return utf8Bytes(JSON.stringify({ format, points: plain }));
}

/** Reads prior points; throws `AlgorithmError` for bytes that are none, or for points that are none of the view. */
export function readPriorPoints(view: View, bytes: Uint8Array): readonly PriorPoint[] {
  const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const points = isPlainObject(parsed) && parsed['format'] === format ? parsed['points'] : undefined;
  if (!Array.isArray(points) || points.length > mostPriorPoints)
    throw new AlgorithmError('the prior points of the search are damaged');
  return points.map((point: unknown, place) => {
    const [genome, scores, source] = Array.isArray(point) ? (point as readonly unknown[]) : [];
    const checked = validate(view, genome);
    const areScores = Array.isArray(scores) && scores.every((score) => Number.isFinite(score));
    if (!checked.ok || !areScores || typeof source !== 'number')
      throw new AlgorithmError(`prior point ${place} is no point of this space with scores`);
    return { genome: checked.value, scores: scores as number[], source };
  });
}

function namesIn(value: unknown): readonly string[] | null {
  const areNames =
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= mostSearches &&
    value.every((name) => typeof name === 'string' && name !== '');
  return areNames ? (value as string[]) : null;
}

function referenceIn(value: unknown): PriorReference | null {
  if (!isPlainObject(value)) return null;
  const { hash, space } = value;
  const areHashes = [hash, space].every((text) => typeof text === 'string' && hashPattern.test(text));
  return areHashes ? { hash: hash as string, space: space as string } : null;
}

import { AlgorithmError } from '../contract/algorithm-error.js';
import type { SearchProblem } from '../contract/algorithm.js';
import { bytesOfNumbers, numbersOfBytes } from '../contract/number-bytes.js';
import { decodeState, encodeState, isBytes } from '../contract/state-codec.js';
import { readFields, readInteger, readList } from '../contract/state-shape.js';
import type { StateValue } from '../contract/state-value.js';
import { noneSeen, readSeen, type SeenPoints } from '../coordinates/index.js';
import {
  limitsOf,
  rankedPlaces,
  readPendingPoint,
  readToldPoint,
  type PendingPoint,
  type ToldPoint,
} from '../ranking/index.js';
import { bayesianName, type BayesianConfig } from './bayesian-options.js';
import { initialSettings, type Settings } from './gaussian-process.js';

/** What an update leaves for the next one. */
export interface BayesianMemory {
  /** The told trials that the models learn from, in the order of telling. */
  readonly archive: readonly ToldPoint[];
  /** The points that the last update proposed, with the indices that they take unless somebody enqueues a point. */
  readonly proposed: readonly PendingPoint[];
  readonly seen: SeenPoints;
  /** Outcomes since the settings were fitted; −1 before the first time. */
  readonly sinceFit: number;
  /** Settings of the models: of the scores, of each limit, and of whether a trial has metrics at all. */
  readonly settings: readonly Settings[];
}

/** A trial may have a point at each step: then fewer trials are kept, so that an update takes no longer. */
const shareWithSteps = 5 / 8;

const memoryVersion = 1;
const mostProposed = 1_024;
const fieldNames = ['version', 'archive', 'proposed', 'seen', 'sinceFit', 'settings'] as const;

/** The memory before the first update, for models of so many dimensions. */
export function initialMemory(models: number, dimensions: number): BayesianMemory {
  return {
    archive: [],
    proposed: [],
    seen: noneSeen,
    sinceFit: -1,
    settings: Array.from({ length: models }, () => initialSettings(dimensions)),
  };
}

/** The archive with more points; those that fit neither the best nor the latest ones leave. */
export function withPoints(
  { metrics, steps, config }: SearchProblem<BayesianConfig>,
  archive: readonly ToldPoint[],
  more: readonly ToldPoint[],
): readonly ToldPoint[] {
  const size = steps === undefined ? config.archive : Math.ceil(config.archive * shareWithSteps);
  const all = [...archive, ...more];
  let surplus = all.length - size;
  if (surplus <= 0) return all;
  const kept = new Set(rankedPlaces(all, limitsOf(metrics)).slice(0, size >> 1));
  return all.filter((_, place) => {
    if (surplus === 0 || kept.has(place)) return true;
    surplus -= 1;
    return false;
  });
}

/** The memory as the bytes of a bulk. */
export function bytesOfMemory({ settings, archive, proposed, seen, sinceFit }: BayesianMemory): Uint8Array {
  return encodeState({
    version: memoryVersion,
    archive: [...archive],
    proposed: [...proposed],
    seen,
    sinceFit,
    settings: settings.map(bytesOfNumbers),
  });
}

/** The memory that an update left; throws `AlgorithmError` for other bytes. */
export function memoryOfBytes(
  { view, metrics, config }: SearchProblem<BayesianConfig>,
  bytes: Uint8Array,
  models: number,
  dimensions: number,
): BayesianMemory {
  const fields = readFields(decodeState(bytes), 'bulk', fieldNames);
  if (fields.version !== memoryVersion) {
    throw new AlgorithmError(
      `the bulk of ${bayesianName} has the version ${JSON.stringify(fields.version)}, this build reads ${memoryVersion}: use the build that wrote it`,
    );
  }
  const settings = readList(fields.settings, 'bulk.settings', models, (item, place) =>
    numbersOfBytes(bytesAt(item, place), dimensions + 2, place),
  );
  if (settings.length !== models) throw new AlgorithmError(`bulk.settings must be those of ${models} models`);
  return {
    archive: readList(fields.archive, 'bulk.archive', config.archive, (item, place) =>
      readToldPoint(view, metrics, item, place),
    ),
    proposed: readList(fields.proposed, 'bulk.proposed', mostProposed, (item, place) =>
      readPendingPoint(view, item, place),
    ),
    seen: readSeen(fields.seen, 'bulk.seen'),
    sinceFit: fields.sinceFit === -1 ? -1 : readInteger(fields.sinceFit, 'bulk.sinceFit'),
    settings,
  };
}

function bytesAt(value: StateValue, place: string): Uint8Array {
  if (isBytes(value)) return value;
  throw new AlgorithmError(`${place} must be bytes`);
}

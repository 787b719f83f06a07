import type { Genome, View } from '../../search-spaces/index.js';
import type { SearchProblem } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { largestGenomeBytes } from '../contract/genome-bytes.js';
import { readFields, readInteger, readList } from '../contract/state-shape.js';
import type { StateValue } from '../contract/state-value.js';
import type { Metric, ToldTrial } from '../contract/trial.js';
import { isSeen, mostSeen, noneSeen, readSeen, withSeen, type SeenPoints } from '../coordinates/index.js';
import {
  limitsOf,
  measureOf,
  rankedPlaces,
  readPendingPoint,
  readToldPoint,
  toldPointBytes,
  type PendingPoint,
  type ToldPoint,
} from '../ranking/index.js';
import { tpeName, type TpeConfig } from './tpe-options.js';

export type TpeState = {
  /** Points of the first sequence that were taken. */
  readonly started: number;
  /** Told points so far, each at its furthest step. */
  readonly told: number;
  /** The best ones and the latest of the rest, in the order of telling. */
  readonly points: readonly ToldPoint[];
  readonly pending: readonly PendingPoint[];
  readonly seen: SeenPoints;
};

/** Most points that count as promising. */
const mostPromising = 25;
/** Latest points beside them, the pending ones among them. */
const mostOthers = 256;
/** Bytes of all points of a state; in spaces of many decisions fewer points fit. */
const pointBytes = 120_000;
const fewestPoints = 40;

/** How many told points beside the promising ones a state keeps for a space. */
function othersKept(view: View, metrics: readonly Metric[]): number {
  const fitting = Math.floor(pointBytes / toldPointBytes(view, metrics)) - mostPromising;
  return Math.min(mostOthers, fitting - pendingKept);
}

/** More pending points than this are forgotten, the oldest first; they only keep proposals apart. */
const pendingKept = 64;

/** Throws `AlgorithmError` where the genomes of a space are so long that too few points can be kept. */
export function checkPointsFit(view: View, metrics: readonly Metric[]): void {
  if (othersKept(view, metrics) >= fewestPoints) return;
  throw new AlgorithmError(
    `${tpeName} cannot keep ${fewestPoints + mostPromising} points: the genomes of this space take up to ` +
      `${largestGenomeBytes(view)} bytes each; use regularizedEvolution()`,
  );
}

export function tpeStateBytes({ view, metrics }: SearchProblem<TpeConfig>): number {
  const points = mostPromising + othersKept(view, metrics) + pendingKept;
  return 256 + 8 * mostSeen + points * toldPointBytes(view, metrics);
}

export const initialTpeState: TpeState = { started: 0, told: 0, points: [], pending: [], seen: noneSeen };

/** How many of `told` points count as promising. */
export function promisingCount(told: number): number {
  return Math.min(mostPromising, Math.ceil(told / 10));
}

/** The state after a proposal. */
export function withProposal(state: TpeState, index: number, genome: Genome, config: TpeConfig): TpeState {
  return {
    ...state,
    pending: [...state.pending, { index, genome }].slice(-pendingKept),
    seen: config.repeats ? state.seen : withSeen(state.seen, genome),
  };
}

/**
 * The state after one more outcome. A trial that continues another one takes its place; a cancelled one leaves nothing.
 */
export function withTold(
  { view, metrics, config }: SearchProblem<TpeConfig>,
  state: TpeState,
  { trial, outcome }: ToldTrial,
): TpeState {
  const { index, genome, continues } = trial;
  const pending = state.pending.filter((one) => one.index !== index);
  const seen = config.repeats || isSeen(state.seen, genome) ? state.seen : withSeen(state.seen, genome);
  const measure = measureOf(metrics, outcome);
  if (measure === null) return { ...state, pending, seen };
  const others = state.points.filter((point) => point.index !== continues);
  const points = [...others, { index, genome, step: trial.until ?? 0, ...measure }];
  const told = state.told + points.length - state.points.length;
  return { ...state, told, pending, seen, points: keptPoints(points, told, view, metrics) };
}

/** The promising points and the latest others. */
function keptPoints(
  points: readonly ToldPoint[],
  told: number,
  view: View,
  metrics: readonly Metric[],
): readonly ToldPoint[] {
  const promising = promisingCount(told);
  const surplus = points.length - promising - othersKept(view, metrics);
  if (surplus <= 0) return points;
  const best = new Set(rankedPlaces(points, limitsOf(metrics)).slice(0, promising));
  let left = surplus;
  return points.filter((_, place) => {
    if (left === 0 || best.has(place)) return true;
    left -= 1;
    return false;
  });
}

/** Checks a value read back; throws `AlgorithmError` that names the place of what is wrong. */
export function readTpeState({ view, metrics }: SearchProblem<TpeConfig>, value: StateValue): TpeState {
  const fields = readFields(value, 'state', ['started', 'told', 'points', 'pending', 'seen']);
  const most = mostPromising + othersKept(view, metrics);
  return {
    started: readInteger(fields.started, 'state.started'),
    told: readInteger(fields.told, 'state.told'),
    points: readList(fields.points, 'state.points', most, (item, place) =>
      readToldPoint(view, metrics, item, place),
    ),
    pending: readList(fields.pending, 'state.pending', pendingKept, (item, place) =>
      readPendingPoint(view, item, place),
    ),
    seen: readSeen(fields.seen, 'state.seen'),
  };
}

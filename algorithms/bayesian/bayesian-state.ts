import type { Genome, View } from '../../search-spaces/index.js';
import type { SearchProblem } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { largestGenomeBytes } from '../contract/genome-bytes.js';
import {
  isFiniteNumber,
  longestBulkName,
  readBulkName,
  readFields,
  readGenome,
  readInteger,
  readList,
  readScore,
} from '../contract/state-shape.js';
import type { StateValue } from '../contract/state-value.js';
import type { Metric, ToldTrial } from '../contract/trial.js';
import { measureFields, measureOf, readMeasure, toldPointBytes, type Measure } from '../ranking/index.js';
import { bayesianName, type BayesianConfig } from './bayesian-options.js';

/** A proposal that was not told; the genome is in the bulk where an update proposed it, and here where none did. */
export type OpenProposal = { readonly index: number; readonly genome: Genome | null };

/** What was told since the last update, with the genome of a trial that no update proposed. */
export type News = {
  readonly index: number;
  readonly genome: Genome | null;
  /** Null of a cancelled trial. */
  readonly measured: (Measure & { readonly step: number }) | null;
};

/** What the models say, for people. */
export type ModelReport = {
  readonly noise: number | null;
  /** ln of the expected improvement at the last proposal. */
  readonly improvement: number | null;
  /** Share of each coordinate in the distances between points; none where there are too many. */
  readonly relevances: readonly number[];
};

export type BayesianState = {
  readonly bulk: string | null;
  readonly updates: number;
  /** Points of the first sequence that were taken. */
  readonly started: number;
  /** Trials that were told and not cancelled. */
  readonly told: number;
  /** What the last update proposed and nobody took yet. */
  readonly queue: readonly Genome[];
  /** The index for which the queue was made. */
  readonly next: number;
  readonly open: readonly OpenProposal[];
  readonly news: readonly News[];
  readonly exhausted: boolean;
  readonly report: ModelReport | null;
};

export const initialBayesianState: BayesianState = {
  bulk: null,
  updates: 0,
  started: 0,
  told: 0,
  queue: [],
  next: 0,
  open: [],
  news: [],
  exhausted: false,
  report: null,
};

/** Bytes of outcomes between two updates. */
const newsBytes = 90_000;
const mostNews = 128;
const fewestNews = 16;
/** Most open proposals that it knows of, and most proposals of one update. */
const mostOpen = 256;
export const mostQueued = 32;
/** Open proposals of the first sequence that are kept with their genomes. */
const openBytes = 60_000;
/** Relevances of more coordinates are not reported. */
export const mostRelevances = 64;

/** How many outcomes a state keeps until an update takes them. */
export function newsKept(view: View, metrics: readonly Metric[]): number {
  return Math.min(mostNews, Math.floor(newsBytes / toldPointBytes(view, metrics)));
}

function openKept(view: View): number {
  return Math.min(mostOpen, Math.floor(openBytes / (16 + largestGenomeBytes(view))));
}

/** Throws `AlgorithmError` where the genomes of a space are so long that too few fit. */
export function checkNewsFit(view: View, metrics: readonly Metric[]): void {
  if (newsKept(view, metrics) >= fewestNews) return;
  throw new AlgorithmError(
    `${bayesianName} cannot keep ${fewestNews} outcomes: the genomes of this space take up to ` +
      `${largestGenomeBytes(view)} bytes each; use regularizedEvolution()`,
  );
}

export function bayesianStateBytes({ view, metrics }: SearchProblem<BayesianConfig>): number {
  const genome = largestGenomeBytes(view);
  return (
    512 +
    longestBulkName +
    9 * mostRelevances +
    newsKept(view, metrics) * (48 + toldPointBytes(view, metrics)) +
    openKept(view) * (32 + genome) +
    queueKept(view) * genome
  );
}

function queueKept(view: View): number {
  return Math.min(mostQueued, Math.max(1, Math.floor(openBytes / (2 * largestGenomeBytes(view)))));
}

/** How many points an update proposes: about an eighth of the trials that run at the same time. */
export function queueLength({ view }: SearchProblem<BayesianConfig>, { open }: BayesianState): number {
  return Math.min(queueKept(view), Math.max(1, Math.floor((open.length + 1) / 8)));
}

/** The state with one more open proposal. */
export function withOpen(
  { view }: SearchProblem<BayesianConfig>,
  state: BayesianState,
  proposal: OpenProposal,
): BayesianState {
  return { ...state, open: [...state.open, proposal].slice(-openKept(view)) };
}

/** The state with one more outcome. */
export function withNews(
  { view, metrics }: SearchProblem<BayesianConfig>,
  state: BayesianState,
  { trial, outcome }: ToldTrial,
): BayesianState {
  const { index, genome, until } = trial;
  const own = state.open.find((one) => one.index === index);
  const measure = measureOf(metrics, outcome);
  const one: News = {
    index,
    // A trial that continues another one has the genome of an update, under another index.
    genome: own !== undefined && own.genome === null ? null : genome,
    measured: measure === null ? null : { step: until ?? 0, ...measure },
  };
  return {
    ...state,
    told: state.told + (measure === null ? 0 : 1),
    open: state.open.filter((other) => other.index !== index),
    news: [...state.news, one].slice(-newsKept(view, metrics)),
  };
}

/** The outcomes in a state or in the input of an update. */
export function readNews(
  { view, metrics }: SearchProblem<BayesianConfig>,
  value: StateValue | undefined,
  place: string,
): readonly News[] {
  return readList(value, place, newsKept(view, metrics), (item, itemPlace) => {
    const one = readFields(item, itemPlace, ['index', 'genome', 'measured']);
    const index = readInteger(one.index, `${itemPlace}.index`);
    const genome = one.genome === null ? null : readGenome(view, one.genome, `${itemPlace}.genome`);
    if (one.measured === null) return { index, genome, measured: null };
    const measured = readFields(one.measured, `${itemPlace}.measured`, ['step', ...measureFields]);
    return {
      index,
      genome,
      measured: {
        step: readInteger(measured.step, `${itemPlace}.measured.step`),
        ...readMeasure(metrics, measured, `${itemPlace}.measured`),
      },
    };
  });
}

/** The open proposals in a state or in the input of an update. */
export function readOpen(
  { view }: SearchProblem<BayesianConfig>,
  value: StateValue | undefined,
  place: string,
): readonly OpenProposal[] {
  return readList(value, place, openKept(view), (item, itemPlace) => {
    const one = readFields(item, itemPlace, ['index', 'genome']);
    return {
      index: readInteger(one.index, `${itemPlace}.index`),
      genome: one.genome === null ? null : readGenome(view, one.genome, `${itemPlace}.genome`),
    };
  });
}

/** The proposals of an update in a state or in its output. */
export function readQueue(
  { view }: SearchProblem<BayesianConfig>,
  value: StateValue | undefined,
  place: string,
): readonly Genome[] {
  return readList(value, place, queueKept(view), (item, itemPlace) => readGenome(view, item, itemPlace));
}

/** What the models said in a state or in the output of an update. */
export function readReport(value: StateValue | undefined, place: string): ModelReport | null {
  if (value === null) return null;
  const fields = readFields(value, place, ['noise', 'improvement', 'relevances']);
  return {
    noise: readScore(fields.noise, `${place}.noise`),
    improvement: readScore(fields.improvement, `${place}.improvement`),
    relevances: readList(fields.relevances, `${place}.relevances`, mostRelevances, (item, itemPlace) => {
      if (!isFiniteNumber(item)) throw new AlgorithmError(`${itemPlace} must be a finite number`);
      return item;
    }),
  };
}

/** Checks a value read back; throws `AlgorithmError` that names the place of what is wrong. */
export function readBayesianState(problem: SearchProblem<BayesianConfig>, value: StateValue): BayesianState {
  const fields = readFields(value, 'state', [
    'bulk',
    'updates',
    'started',
    'told',
    'queue',
    'next',
    'open',
    'news',
    'exhausted',
    'report',
  ]);
  if (typeof fields.exhausted !== 'boolean')
    throw new AlgorithmError('state.exhausted must be true or false');
  return {
    bulk: readBulkName(fields.bulk ?? null),
    updates: readInteger(fields.updates, 'state.updates'),
    started: readInteger(fields.started, 'state.started'),
    told: readInteger(fields.told, 'state.told'),
    queue: readQueue(problem, fields.queue, 'state.queue'),
    next: readInteger(fields.next, 'state.next'),
    open: readOpen(problem, fields.open, 'state.open'),
    news: readNews(problem, fields.news, 'state.news'),
    exhausted: fields.exhausted,
    report: readReport(fields.report, 'state.report'),
  };
}

import {
  bindAlgorithm,
  type CandidateSource,
  fromList,
  type Metric,
  optimisedMetric,
  type Outcome,
  scoreOf,
} from '../../algorithms/index.js';
import { fork, RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import type { Json } from '../../foundation/json/index.js';
import { constant, oneOf, space } from '../../search-spaces/language/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import { view } from '../../search-spaces/genomes/index.js';
import { decidingMetrics } from '../definition/deciding-metrics.js';
import type { LevelDefinition, RetrainingDefinition, SearchDefinition } from '../definition/definition.js';
import { rankCorrelation } from './rank-correlation.js';

/** A point that is trained from scratch with the full schedule. */
export interface RetrainingCandidate {
  readonly genome: Genome;
  readonly parameters: Json;
  /** Of a nested search: the parameters of all its levels by name, those of the inner ones as they were found for it. */
  readonly levels?: Readonly<Record<string, Json>>;
  /** Why it is one; `value` is the reward or metric of a best result, the expected one of a drawn point, else null. */
  readonly sources: readonly { readonly source: CandidateSource; readonly value: number | null }[];
  /** The search's own trials of it, and the mean of the metric that decided there; null when it had none with a score. */
  readonly search: { readonly trials: readonly number[]; readonly value: number } | null;
}

/** A number that was measured once in each repetition; null where a repetition gave none that counts. */
export interface RepeatedValue {
  readonly values: readonly (number | null)[];
  /** Null unless every repetition gave a value. */
  readonly mean: number | null;
  /** Standard deviation of a sample; null for fewer than two repetitions. */
  readonly deviation: number | null;
}

/** A candidate with what its full trainings came to. */
export interface RetrainedCandidate extends RetrainingCandidate {
  /** The metric that chooses, after full training. */
  readonly retrained: RepeatedValue;
}

/** A rank correlation of candidates. */
export interface CandidateCorrelation {
  /** Candidates of which both numbers are known. */
  readonly candidates: number;
  /** Spearman's, 1 where the search ranks as full training does; null where it is not defined. */
  readonly value: number | null;
}

/** How the full retraining at the end of a search came out. */
export interface Retraining {
  /** Trials of the search that it followed. */
  readonly trials: number;
  /** The metric that chose. */
  readonly metric: string;
  readonly goal: 'maximize' | 'minimize';
  /** The searches that trained the candidates, one for each repetition; trial k of each is candidate k. */
  readonly searches: readonly string[];
  readonly candidates: readonly RetrainedCandidate[];
  /** Index of the chosen candidate: the best mean. Null where none has one. */
  readonly chosen: number | null;
  /** Metrics that were only observed, such as a test accuracy, of the chosen candidate alone. */
  readonly observed: Readonly<Record<string, RepeatedValue>>;
  readonly rankCorrelation: {
    /** Of the metric in the search and after full training. */
    readonly search: CandidateCorrelation;
    /** Of the value that the algorithm expected of drawn candidates and the metric after full training. */
    readonly expected: CandidateCorrelation;
  };
}

/** How far a retraining is; part of the answer of the query `progress`. */
export interface RetrainingProgress {
  /** Number of candidates; null until they are known. */
  readonly candidates: number | null;
  readonly repetitions: readonly {
    readonly search: string;
    readonly state: 'waiting' | 'running' | 'finished';
  }[];
}

/** Id of the search that trains the candidates once more: `tune/retraining/96/1` after 96 trials. */
export function retrainingSearchId(search: string, trials: number, repetition: number): string {
  return `${search}/retraining/${trials}/${repetition}`;
}

/** The search that trains all candidates once, each from scratch; `repetition` is counted from 1. */
export function retrainingSearch(
  definition: SearchDefinition,
  retraining: RetrainingDefinition,
  candidates: readonly Pick<RetrainingCandidate, 'genome' | 'levels'>[],
  repetition: number,
  concurrency: number,
): SearchDefinition {
  const [level] = definition.levels;
  const innermost = definition.levels.at(-1);
  if (level === undefined || innermost === undefined) throw new Error('A definition has at least one level.');
  const { name, tags, seed } = definition;
  const trials = candidates.length;
  return {
    format: 'duramen-search/1',
    name,
    seed: repetitionSeed(seed, repetition),
    levels: [
      {
        ...retrainingMetrics(level, retraining),
        name: 'retraining',
        ...candidatePoints(definition.levels, candidates),
        order: 'in-order',
        window: trials,
        budget: { trials },
        concurrency: Math.min(concurrency, trials),
        retries: innermost.retries,
        failurePolicy: innermost.failurePolicy,
        timeout: retraining.timeout,
        initial: [],
        dependsOn: level.dependsOn,
        resources: retraining.resources,
      },
    ],
    evaluator: retraining.evaluator,
    tags,
  };
}

/** The space of the candidates and the list of them; those of a nested search are points of all its levels. */
function candidatePoints(
  levels: readonly LevelDefinition[],
  candidates: readonly Pick<RetrainingCandidate, 'genome' | 'levels'>[],
): Pick<LevelDefinition, 'space' | 'algorithm' | 'ofLevels'> {
  const [outermost, ...inner] = levels;
  if (outermost === undefined) throw new Error('A definition has at least one level.');
  if (inner.length === 0) {
    return { space: outermost.space, algorithm: fromList(candidates.map(({ genome }) => genome)) };
  }
  const [first, ...others] = candidates.map(({ levels: point = {} }) => constant(point));
  if (first === undefined) throw new Error('A retraining has at least one candidate.');
  const among = space(oneOf([first, ...others]));
  const genomes = candidates.map((_candidate, place): Genome => [place]);
  return { space: among, algorithm: fromList(genomes), ofLevels: levels.map(({ name }) => name) };
}

/** Seed of a repetition, 16 hexadecimal digits: the same however long the search was. */
function repetitionSeed(seed: number | string, repetition: number): string {
  const stream = new RandomStream(fork(fork(rngFromSeed(seed), 'retraining'), repetition));
  return [stream.word(), stream.word()].map((word) => word.toString(16).padStart(8, '0')).join('');
}

/** The metrics of a retraining, with the limits that the algorithm demands of what is chosen. */
function retrainingMetrics(
  level: LevelDefinition,
  { metrics, objective }: RetrainingDefinition,
): Pick<LevelDefinition, 'metrics' | 'objective'> {
  const seen = decidingMetrics(level);
  const bound = bindAlgorithm(level.algorithm, view(level.space), seen, rngFromSeed(0), level.order);
  const limits = bound.derivation?.limits ?? [];
  const limited = metrics.map((metric): Metric => {
    const atMost = limits
      .filter((limit) => limit.metric === metric.name)
      .reduce((least, limit) => Math.min(least, limit.atMost), metric.atMost ?? Infinity);
    return atMost === Infinity ? metric : { ...metric, atMost };
  });
  return { metrics: limited, ...(objective === undefined ? {} : { objective }) };
}

/**
 * Chooses among retrained candidates: the best mean of the metric over all repetitions, of equal ones the first. Never
 * chooses a candidate that failed or broke a limit in one repetition. `outcomes` holds a list in the order of the
 * candidates for each repetition.
 */
export function concludeRetraining(
  { levels: [level] }: SearchDefinition,
  retraining: RetrainingDefinition,
  trials: number,
  searches: readonly string[],
  candidates: readonly RetrainingCandidate[],
  outcomes: readonly (readonly Outcome[])[],
): Retraining {
  if (level === undefined) throw new Error('A definition has at least one level.');
  const seen = decidingMetrics(retrainingMetrics(level, retraining));
  const { name: metric, goal } = optimisedMetric(seen);
  const retrained = candidates.map((candidate, place): RetrainedCandidate => {
    const values = outcomes.map((ofRepetition) => {
      const outcome = ofRepetition[place];
      const counts = outcome !== undefined && scoreOf(seen, outcome) !== null;
      return counts ? metricOf(outcome, metric) : null;
    });
    return { ...candidate, retrained: repeatedValue(values) };
  });
  const chosen = chosenOf(retrained, goal);
  const names = retraining.metrics.flatMap(({ name, goal: ofMetric }) =>
    ofMetric === 'observe' && name !== metric ? [name] : [],
  );
  const observed: Record<string, RepeatedValue> = {};
  if (chosen !== null) {
    for (const name of names) {
      const values = outcomes.map((ofRepetition) => metricOf(ofRepetition[chosen], name));
      if (values.some((value) => value !== null)) observed[name] = repeatedValue(values);
    }
  }
  return {
    trials,
    metric,
    goal,
    searches,
    candidates: retrained,
    chosen,
    observed,
    rankCorrelation: correlationsOf(level, retrained, goal),
  };
}

/** What follows from the values of the repetitions alone, for a verifier to compare with the record. */
export function concludedAnew(level: LevelDefinition, { candidates, goal }: Retraining): Partial<Retraining> {
  const retrained = candidates.map((candidate) => ({
    ...candidate,
    retrained: repeatedValue(candidate.retrained.values),
  }));
  return {
    candidates: retrained,
    chosen: chosenOf(retrained, goal),
    rankCorrelation: correlationsOf(level, retrained, goal),
  };
}

/** The repetition whose model stands for the chosen candidate: the one with the best value of the metric. */
export function bestRepetition({ candidates, chosen, goal }: Retraining): number | null {
  if (chosen === null) return null;
  const values = candidates[chosen]?.retrained.values ?? [];
  return placeOfBest(values, goal);
}

function chosenOf(candidates: readonly RetrainedCandidate[], goal: 'maximize' | 'minimize'): number | null {
  return placeOfBest(
    candidates.map(({ retrained }) => retrained.mean),
    goal,
  );
}

function placeOfBest(values: readonly (number | null)[], goal: 'maximize' | 'minimize'): number | null {
  let best: { readonly place: number; readonly value: number } | null = null;
  for (const [place, value] of values.entries()) {
    if (value === null) continue;
    if (best === null || (goal === 'maximize' ? value > best.value : value < best.value))
      best = { place, value };
  }
  return best?.place ?? null;
}

function correlationsOf(
  level: LevelDefinition,
  candidates: readonly RetrainedCandidate[],
  goal: 'maximize' | 'minimize',
): Retraining['rankCorrelation'] {
  const searchGoal = decidingMetrics(level).find((metric) => metric.goal !== 'observe')?.goal;
  const correlation = (
    numberOf: (candidate: RetrainedCandidate) => number | null,
    isBetterWhenHigher: boolean,
  ): CandidateCorrelation => {
    const pairs = candidates.flatMap((candidate): readonly (readonly [number, number])[] => {
      const before = numberOf(candidate);
      const { mean } = candidate.retrained;
      if (before === null || mean === null) return [];
      return [[isBetterWhenHigher ? before : -before, goal === 'maximize' ? mean : -mean]];
    });
    return { candidates: pairs.length, value: rankCorrelation(pairs) };
  };
  return {
    search: correlation(({ search }) => search?.value ?? null, searchGoal === 'maximize'),
    expected: correlation(
      ({ sources }) => sources.find(({ source }) => source === 'drawn')?.value ?? null,
      true,
    ),
  };
}

function metricOf(outcome: Outcome | undefined, name: string): number | null {
  if (outcome?.kind !== 'scored') return null;
  return outcome.metrics[name] ?? null;
}

function repeatedValue(values: readonly (number | null)[]): RepeatedValue {
  const known = values.filter((value) => value !== null);
  if (known.length < values.length || known.length === 0) return { values, mean: null, deviation: null };
  const mean = meanOf(known);
  const squares = known.map((value) => (value - mean) * (value - mean));
  const sum = squares.reduce((total, square) => total + square, 0);
  return { values, mean, deviation: known.length < 2 ? null : Math.sqrt(sum / (known.length - 1)) };
}

/** The mean of some numbers, summed in their order. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length + 0;
}

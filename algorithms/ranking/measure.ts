import { optimisedMetrics } from '../contract/score.js';
import type { StateValue } from '../contract/state-value.js';
import { isFiniteNumber, readList } from '../contract/state-shape.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { Metric, Outcome } from '../contract/trial.js';

/** What a trial measured, as algorithms that model scores learn from it. */
export type Measure = {
  /** One for each optimised metric, higher is better; null where one is missing. */
  readonly scores: readonly number[] | null;
  /** For each declared limit how far the metric is beyond it, below zero within it; null where one is missing. */
  readonly excesses: readonly number[] | null;
  /** Whether the trial has scores and keeps all limits. */
  readonly feasible: boolean;
};

/** A limit of a metric. */
export interface Limit {
  readonly metric: string;
  readonly kind: 'atMost' | 'atLeast';
  readonly bound: number;
}

/** The limits that metrics declare, in declared order. */
export function limitsOf(metrics: readonly Metric[]): readonly Limit[] {
  return metrics.flatMap(({ name, atMost, atLeast }): readonly Limit[] => [
    ...(atMost === undefined ? [] : [{ metric: name, kind: 'atMost' as const, bound: atMost }]),
    ...(atLeast === undefined ? [] : [{ metric: name, kind: 'atLeast' as const, bound: atLeast }]),
  ]);
}

/** What an outcome measured; null of a cancelled trial, which says nothing. */
export function measureOf(metrics: readonly Metric[], outcome: Outcome): Measure | null {
  if (outcome.kind === 'cancelled') return null;
  const values = outcome.kind === 'failed' ? undefined : outcome.metrics;
  const valueOf = (name: string): number =>
    values !== undefined && Object.hasOwn(values, name) ? (values[name] ?? NaN) : NaN;
  const scores = optimisedMetrics(metrics).map(({ name, goal }) =>
    goal === 'maximize' ? valueOf(name) + 0 : 0 - valueOf(name),
  );
  const excesses = limitsOf(metrics).map(
    ({ metric, kind, bound }) => (kind === 'atMost' ? valueOf(metric) - bound : bound - valueOf(metric)) + 0,
  );
  const isEvaluated = outcome.kind === 'scored' || outcome.kind === 'stopped';
  const hasScores = scores.every(Number.isFinite);
  const hasExcesses = excesses.every(Number.isFinite);
  return {
    scores: hasScores ? scores : null,
    excesses: hasExcesses ? excesses : null,
    feasible: isEvaluated && hasScores && hasExcesses && excesses.every((excess) => excess <= 0),
  };
}

/** Upper bound of an encoded measure in bytes. */
export function measureBytes(metrics: readonly Metric[]): number {
  return 40 + 9 * (optimisedMetrics(metrics).length + limitsOf(metrics).length);
}

/** The fields of a measure in a state. */
export const measureFields = ['scores', 'excesses', 'feasible'] as const;

/** Reads the fields of a measure; throws `AlgorithmError` that names the place. */
export function readMeasure(
  metrics: readonly Metric[],
  fields: Readonly<Partial<Record<(typeof measureFields)[number], StateValue>>>,
  place: string,
): Measure {
  if (typeof fields.feasible !== 'boolean')
    throw new AlgorithmError(`${place}.feasible must be true or false`);
  const measure: Measure = {
    scores: readNumbers(fields.scores, `${place}.scores`, optimisedMetrics(metrics).length),
    excesses: readNumbers(fields.excesses, `${place}.excesses`, limitsOf(metrics).length),
    feasible: fields.feasible,
  };
  if (measure.feasible && (measure.scores === null || measure.excesses === null))
    throw new AlgorithmError(`${place} cannot be feasible without numbers`);
  return measure;
}

function readNumbers(value: StateValue | undefined, place: string, count: number): readonly number[] | null {
  if (value === null) return null;
  const numbers = readList(value, place, count, (item, itemPlace) => {
    if (!isFiniteNumber(item)) throw new AlgorithmError(`${itemPlace} must be a finite number`);
    return item;
  });
  if (numbers.length !== count) throw new AlgorithmError(`${place} must have ${count} numbers`);
  return numbers;
}

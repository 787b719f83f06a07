import { asLoss, paretoFront } from '../../../analysis/index.js';
import { formatNumber } from '../../number-format.js';
import type { ReportColumn, ReportData, ReportLevel, ReportMetric, ReportTrial } from '../report-data.js';
import { fieldNames, fieldReader } from '../trial-fields.js';
import { type FieldValue, type FilterTerm, keepsFilter } from '../trial-filter.js';

/** A trial with its place in the report. */
export interface PlacedTrial {
  readonly place: number;
  readonly trial: ReportTrial;
}

/** A report as its panels read it: one level at a time. */
export class ReportModel {
  /** Trials of each level, by the place of the level. */
  private readonly byLevel: readonly (readonly PlacedTrial[])[];
  private readonly fields: readonly ((trial: ReportTrial, name: string) => FieldValue | undefined)[];

  constructor(readonly data: ReportData) {
    const byLevel: PlacedTrial[][] = data.levels.map(() => []);
    for (const [place, trial] of data.trials.entries())
      byLevel[this.levelPlace(trial)]?.push({ place, trial });
    this.byLevel = byLevel;
    this.fields = data.levels.map((level) => fieldReader(data, level));
  }

  level(place: number): ReportLevel {
    return this.data.levels[place] ?? { name: '', algorithm: '', metrics: [], columns: [], moreColumns: 0 };
  }

  trials(level: number): readonly PlacedTrial[] {
    return this.byLevel[level] ?? [];
  }

  levelPlace({ search }: ReportTrial): number {
    return this.data.searches[search]?.level ?? 0;
  }

  fieldNames(level: number): readonly string[] {
    return fieldNames(this.level(level));
  }

  keeps(level: number, terms: readonly FilterTerm[], trial: ReportTrial): boolean {
    return keepsFilter(terms, (name) => this.fields[level]?.(trial, name));
  }

  /** `co-design / 3`: the search and the index of a trial. */
  name({ search, index }: ReportTrial): string {
    return this.data.searches.length === 1
      ? `trial ${index}`
      : `${this.data.searches[search]?.id ?? ''} / ${index}`;
  }

  /** A trial in some lines: its name, its metrics or why it has none, its parameters. */
  lines(trial: ReportTrial): readonly string[] {
    const level = this.level(this.levelPlace(trial));
    const metrics = level.metrics.flatMap(({ name }, at) => {
      const value = trial.values[at] ?? null;
      return value === null ? [] : [`${name} ${formatNumber(value)}`];
    });
    const choices = level.columns.flatMap((column, at) => {
      const value = trial.choices[at] ?? null;
      return value === null ? [] : [`${column.name} ${choiceText(column, value)}`];
    });
    const shown = choices.slice(0, 10);
    return [
      this.name(trial),
      ...(trial.state === 'scored' ? [] : [trial.reason?.class ?? trial.state]),
      ...metrics,
      ...shown,
      ...(choices.length > shown.length ? [`… and ${choices.length - shown.length} more`] : []),
    ];
  }
}

/** A value of a decision for people. */
export function choiceText(column: ReportColumn, value: number): string {
  return column.kind === 'category' ? (column.options[value] ?? '') : formatNumber(value);
}

/** Whether a trial has a score and keeps all limits of its level. */
export function isFeasible({ metrics }: ReportLevel, { state, values }: ReportTrial): boolean {
  if (state !== 'scored') return false;
  return metrics.every(({ atMost, atLeast }, at) => {
    const value = values[at] ?? null;
    return value === null || ((atMost === null || value <= atMost) && (atLeast === null || value >= atLeast));
  });
}

/** The losses of a trial in some metrics, given by their places; null where it lacks one. */
export function lossesOf(
  { metrics }: ReportLevel,
  { values }: ReportTrial,
  places: readonly number[],
): readonly number[] | null {
  const losses: number[] = [];
  for (const at of places) {
    const [value, metric] = [values[at] ?? null, metrics[at]];
    if (value === null || metric === undefined) return null;
    losses.push(asLoss(value, metric.goal));
  }
  return losses;
}

/** Places of the metrics with a goal. */
export function decidingPlaces({ metrics }: ReportLevel): readonly number[] {
  return metrics.flatMap(({ goal }, at) => (goal === 'observe' ? [] : [at]));
}

/** The trials on the front of some metrics; empty where one of them has no goal. */
export function frontOf(
  level: ReportLevel,
  trials: readonly PlacedTrial[],
  places: readonly number[],
): readonly PlacedTrial[] {
  if (places.some((at) => level.metrics[at]?.goal === 'observe')) return [];
  const counting = trials.flatMap((placed) => {
    const losses = isFeasible(level, placed.trial) ? lossesOf(level, placed.trial, places) : null;
    return losses === null ? [] : [{ placed, losses }];
  });
  return paretoFront(counting.map(({ losses }) => losses)).flatMap((at) => counting[at]?.placed ?? []);
}

/** A point beyond which no volume counts: a tenth behind the worst of each loss. */
export function referencePoint(losses: readonly (readonly number[])[]): readonly number[] {
  const dimensions = losses[0]?.length ?? 0;
  return Array.from({ length: dimensions }, (_unused, at) => {
    let [least, most] = [Infinity, -Infinity];
    for (const point of losses) {
      least = Math.min(least, point[at] ?? least);
      most = Math.max(most, point[at] ?? most);
    }
    return most + Math.max((most - least) * 0.1, 1e-12);
  });
}

/** `accuracy ↑`: a metric with its goal. */
export function metricText({ name, goal }: ReportMetric): string {
  return goal === 'observe' ? name : `${name} ${goal === 'maximize' ? '↑' : '↓'}`;
}

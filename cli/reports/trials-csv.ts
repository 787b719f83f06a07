import type { ReportData, ReportTrial } from './report-data.js';

/**
 * Trials of all levels as one table of comma-separated values (RFC 4180, with a heading). With several levels the
 * columns of metrics and parameters also name their level. `keep` chooses the trials by their places.
 */
export function trialsCsv(data: ReportData, keep: (place: number) => boolean = () => true): string {
  const several = data.levels.length > 1;
  const prefix = (level: number): string => (several ? `${data.levels[level]?.name ?? ''}.` : '');
  const metrics = data.levels.flatMap((level, at) =>
    level.metrics.map(({ name }, place) => ({ level: at, place, name: `metric.${prefix(at)}${name}` })),
  );
  const columns = data.levels.flatMap((level, at) =>
    level.columns.map((column, place) => ({
      ...{ level: at, place, column },
      name: `parameter.${prefix(at)}${column.name}`,
    })),
  );
  const heading = [
    ...['level', 'search', 'trial', 'outcome', 'reason', 'source', 'reused', 'cost', 'proposed', 'told'],
    ...metrics.map(({ name }) => name),
    ...columns.map(({ name }) => name),
  ];
  const rows = data.trials.flatMap((trial, place) => {
    if (!keep(place)) return [];
    const level = data.searches[trial.search]?.level ?? 0;
    return [
      [
        ...factsOf(data, trial),
        ...metrics.map((metric) => (metric.level === level ? numberText(trial.values[metric.place]) : '')),
        ...columns.map(({ level: of, place: at, column }) => {
          const value = of === level ? (trial.choices[at] ?? null) : null;
          if (value === null) return '';
          return column.kind === 'category' ? (column.options[value] ?? '') : String(value);
        }),
      ],
    ];
  });
  return [heading, ...rows].map((row) => `${row.map(cellText).join(',')}\r\n`).join('');
}

function factsOf(data: ReportData, trial: ReportTrial): readonly string[] {
  const { index, state, reason, source, reused, cost, proposedAt, toldAt } = trial;
  const search = data.searches[trial.search];
  return [
    data.levels[search?.level ?? 0]?.name ?? '',
    search?.id ?? '',
    String(index),
    state,
    reason === null ? '' : `${reason.class}: ${reason.message}`,
    source,
    reused ? 'yes' : '',
    numberText(cost),
    dateText(proposedAt),
    dateText(toldAt),
  ];
}

function numberText(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

function dateText(milliseconds: number | null): string {
  return milliseconds === null ? '' : new Date(milliseconds).toISOString();
}

function cellText(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

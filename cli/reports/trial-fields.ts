import type { ReportData, ReportLevel, ReportTrial } from './report-data.js';
import type { FieldValue } from './trial-filter.js';

const ownFields = ['trial', 'search', 'outcome', 'source', 'reason', 'cost'] as const;

/** The names by which trials of a level can be filtered: its metrics, its decisions and a few of their own. */
export function fieldNames({ metrics, columns }: ReportLevel): readonly string[] {
  return [...new Set([...ownFields, ...metrics.map(({ name }) => name), ...columns.map(({ name }) => name)])];
}

/** What a trial has under such a name; a category is its option as text. Metrics go before decisions of the same name. */
export function fieldReader(
  data: ReportData,
  level: ReportLevel,
): (trial: ReportTrial, name: string) => FieldValue | undefined {
  const metrics = new Map(level.metrics.map(({ name }, at) => [name, at]));
  const columns = new Map(level.columns.map((column, at) => [column.name, { column, at }]));
  return (trial, name) => {
    switch (name) {
      case 'trial':
        return trial.index;
      case 'search':
        return data.searches[trial.search]?.id ?? null;
      case 'outcome':
        return trial.state;
      case 'source':
        return trial.source;
      case 'reason':
        return trial.reason === null ? null : `${trial.reason.class}: ${trial.reason.message}`;
      case 'cost':
        return trial.cost;
      default: {
        const metric = metrics.get(name);
        if (metric !== undefined) return trial.values[metric] ?? null;
        const found = columns.get(name);
        if (found === undefined) return undefined;
        const value = trial.choices[found.at] ?? null;
        if (value === null || found.column.kind === 'number') return value;
        return found.column.options[value] ?? null;
      }
    }
  };
}

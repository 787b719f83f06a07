import type { JournalTrial } from '../../client/index.js';
import { metricCell } from './best-section.js';
import { section, sortableTable } from './page-frame.js';
import type { TableCell } from './page-frame.js';
import { html } from './markup.js';
import type { Markup } from './markup.js';
import { cellText, parameterCells, parameterColumns } from './parameter-columns.js';
import type { ReportedSearch, SearchTree } from './search-tree.js';

/** A table of all trials for each level, with every parameter. */
export function trialsSection(tree: SearchTree): Markup {
  const { definition } = tree.root.summary;
  const levels = definition.levels.flatMap((_level, levelIndex) => {
    const searches = tree.ofLevel(levelIndex);
    return searches.length === 0 ? [] : [{ levelIndex, searches }];
  });
  if (levels.length === 1)
    return section(
      'trials',
      'All trials',
      levels.map(({ searches }) => levelTable(searches)),
    );
  const tables = levels.map(({ levelIndex, searches }) => {
    const count = searches.reduce((sum, { summary }) => sum + summary.trials.length, 0);
    const name = definition.levels[levelIndex]?.name ?? '';
    return html`<details${levelIndex === tree.root.levelIndex ? html` open` : null}><summary><b>${name}</b> <span class="muted">${count} trials in ${searches.length} ${searches.length === 1 ? 'search' : 'searches'}</span></summary>${levelTable(searches)}</details>`;
  });
  return section('trials', 'All trials', tables);
}

function levelTable(searches: readonly ReportedSearch[]): Markup {
  const trials = searches.flatMap(({ summary }) => summary.trials);
  const metrics = [...new Set(trials.flatMap((trial) => Object.keys(metricsOf(trial))))];
  const parameters = parameterColumns(trials);
  const several = searches.length > 1;
  const rows = searches.flatMap((search) =>
    search.summary.trials.map((trial): readonly TableCell[] => {
      const cells = parameterCells(trial.parameters);
      const values = metricsOf(trial);
      return [
        ...(several ? [search.id] : []),
        { text: String(trial.index), value: trial.index },
        stateText(trial),
        ...metrics.map((name) => metricCell(values[name])),
        ...parameters.map((path): TableCell => {
          const cell = cells.get(path) ?? '';
          return typeof cell === 'number' ? { text: cellText(cell), value: cell } : cell;
        }),
      ];
    }),
  );
  const columns = [
    ...(several ? ['search'] : []),
    'trial',
    'outcome',
    ...metrics,
    ...parameters.map((path) => path || 'value'),
  ];
  return sortableTable(columns, rows);
}

function stateText({ outcome, source, reused, timed, mixed }: JournalTrial): string {
  const marks = [
    ...(source === 'algorithm' ? [] : [source]),
    ...(reused ? ['reused'] : []),
    ...(timed ? ['timed'] : []),
    ...(mixed ? ['mixed machines'] : []),
  ];
  const kind = outcome === null ? 'open' : outcome.kind === 'failed' ? outcome.class : outcome.kind;
  return marks.length === 0 ? kind : `${kind} (${marks.join(', ')})`;
}

function metricsOf({ outcome }: JournalTrial): Readonly<Record<string, number>> {
  if (outcome === null) return {};
  return outcome.kind === 'scored' || outcome.kind === 'stopped' ? (outcome.metrics ?? {}) : {};
}

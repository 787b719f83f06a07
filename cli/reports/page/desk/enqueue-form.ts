/// <reference lib="dom" />
import type { ReportColumn, ReportData } from '../../report-data.js';
import { button, element } from '../dom.js';

type Decisions = Record<string, number>;

/** A form with a field for each decision of the root's space; `done` gets the active ones, or null when it is left. */
export function enqueueForm(
  report: ReportData,
  done: (decisions: Decisions | null) => Promise<void>,
): HTMLElement {
  const columns = report.levels[0]?.columns ?? [];
  const root = report.searches[0];
  const start = root?.knee === null || root === undefined ? undefined : report.trials[root.knee];
  const values: Decisions = {};
  for (const [at, column] of columns.entries())
    values[column.id] = start?.choices[at] ?? (column.kind === 'number' ? column.low : 0);
  const problem = element('p', { class: 'bad', role: 'status' });
  const rows = columns.map((column) => ({ column, row: fieldRow(column, values, () => show()) }));
  const show = (): void => {
    for (const { column, row } of rows) row.hidden = !isActive(column, columns, values);
  };
  show();
  return element(
    'form',
    {
      onsubmit: (event) => {
        event.preventDefault();
        const active = columns.filter((column) => isActive(column, columns, values));
        done(Object.fromEntries(active.map(({ id }) => [id, values[id] ?? 0]))).catch((error: unknown) => {
          problem.textContent = error instanceof Error ? error.message : String(error);
        });
      },
    },
    element('h2', {}, 'A point to try next'),
    element(
      'p',
      { class: 'muted' },
      'It begins with the best point so far. It takes the next index, and the algorithm is told of it like of any other.',
    ),
    element(
      'div',
      { class: 'fields' },
      rows.map(({ row }) => row),
    ),
    problem,
    element(
      'div',
      { class: 'choices' },
      element('button', { type: 'submit' }, 'Try it'),
      button('Leave', () => void done(null), { class: 'quiet' }),
    ),
  );
}

function fieldRow(column: ReportColumn, values: Decisions, changed: () => void): HTMLElement {
  const take = (value: number): void => {
    values[column.id] = value;
    changed();
  };
  if (column.kind === 'number') {
    const field = element('input', {
      type: 'number',
      min: column.low,
      max: column.high,
      step: column.step ?? 'any',
      value: values[column.id] ?? column.low,
      required: true,
    });
    field.addEventListener('input', () => take(field.valueAsNumber));
    return element('label', { class: 'field' }, element('span', {}, column.name), field);
  }
  const field = element(
    'select',
    {},
    column.options.map((option, at) =>
      element('option', { value: at, selected: at === values[column.id] }, option),
    ),
  );
  field.addEventListener('change', () => take(field.selectedIndex));
  return element('label', { class: 'field' }, element('span', {}, column.name), field);
}

function isActive(
  column: ReportColumn,
  columns: readonly ReportColumn[],
  values: Readonly<Decisions>,
): boolean {
  const { when } = column;
  if (when === null) return true;
  const above = columns.find(({ id }) => id === when.id);
  if (above === undefined || !isActive(above, columns, values)) return false;
  const value = values[when.id] ?? 0;
  return 'is' in when ? value === when.is : value > when.above;
}

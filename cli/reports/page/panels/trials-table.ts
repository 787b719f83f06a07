/// <reference lib="dom" />
import { formatNumber } from '../../../number-format.js';
import { trialsCsv } from '../../trials-csv.js';
import { button, element } from '../dom.js';
import type { PageContext, Panel } from '../page-context.js';
import { panel } from '../panel.js';
import { choiceText, metricText, type PlacedTrial } from '../report-model.js';

const rowHeight = 32;
const viewHeight = 480;
/** Rows beyond the visible ones, so that quick scrolling shows no gap. */
const spare = 10;

interface TableColumn {
  readonly title: string;
  readonly isNumber: boolean;
  readonly text: (placed: PlacedTrial) => string;
  readonly key: (placed: PlacedTrial) => number | string | null;
}

/** All trials of the level that the selection keeps, with every metric and decision; rows are made as they are seen. */
export function trialsTablePanel(context: PageContext): Panel {
  const count = element('p', { class: 'muted', role: 'status' });
  const body = element('tbody');
  const head = element('tr');
  const table = element('table', { class: 'virtual' }, element('thead', {}, head), body);
  const view = element(
    'div',
    {
      class: 'scroll virtual-view',
      tabindex: 0,
      role: 'group',
      'aria-label': 'All trials',
      style: `max-height:${viewHeight}px`,
    },
    table,
  );
  let rows: readonly PlacedTrial[] = [];
  let columns: readonly TableColumn[] = [];
  let sorted: { readonly column: number; readonly sign: 1 | -1 } = { column: 0, sign: 1 };

  const columnsOf = (): readonly TableColumn[] => {
    const { metrics, columns: decisions } = context.model.level(context.selection.level);
    const several =
      context.model.data.searches.filter(({ level }) => level === context.selection.level).length > 1;
    const searchId = ({ trial }: PlacedTrial): string => context.model.data.searches[trial.search]?.id ?? '';
    return [
      { title: 'trial', isNumber: true, text: ({ trial }) => String(trial.index), key: ({ place }) => place },
      ...(several ? [{ title: 'search', isNumber: false, text: searchId, key: searchId }] : []),
      { title: 'outcome', isNumber: false, text: outcomeText, key: outcomeText },
      ...metrics.map((metric, at): TableColumn => ({
        title: metricText(metric),
        isNumber: true,
        text: ({ trial }) => numberText(trial.values[at] ?? null),
        key: ({ trial }) => trial.values[at] ?? null,
      })),
      ...decisions.map((column, at): TableColumn => ({
        title: column.name,
        isNumber: column.kind === 'number',
        text: ({ trial }) => {
          const value = trial.choices[at] ?? null;
          return value === null ? '' : choiceText(column, value);
        },
        key: ({ trial }) => trial.choices[at] ?? null,
      })),
    ];
  };

  const rowOf = (placed: PlacedTrial, at: number): HTMLTableRowElement =>
    element(
      'tr',
      { 'aria-rowindex': at + 2, onclick: () => context.open(placed.place) },
      columns.map((column, place) => {
        const text = column.text(placed);
        const content =
          place === 0
            ? button(text, () => undefined, { class: 'link', 'aria-label': `trial ${text}: details` })
            : text;
        return element(
          'td',
          { ...(column.isNumber ? { class: 'number' } : {}), title: text.length > 24 ? text : null },
          content,
        );
      }),
    );

  const fill = (): void => {
    const first = Math.max(0, Math.floor(view.scrollTop / rowHeight) - spare);
    const last = Math.min(rows.length, first + Math.ceil(viewHeight / rowHeight) + 2 * spare);
    const gap = (height: number): HTMLElement =>
      element(
        'tr',
        { class: 'gap', 'aria-hidden': 'true' },
        element('td', { colspan: columns.length, style: `height:${height}px` }),
      );
    body.replaceChildren(
      ...(first > 0 ? [gap(first * rowHeight)] : []),
      ...rows.slice(first, last).map((placed, at) => rowOf(placed, first + at)),
      ...(last < rows.length ? [gap((rows.length - last) * rowHeight)] : []),
    );
  };
  let waiting = false;
  view.addEventListener('scroll', () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      fill();
    });
  });

  const sort = (list: readonly PlacedTrial[]): readonly PlacedTrial[] => {
    const key = columns[sorted.column]?.key;
    if (key === undefined) return list;
    return list
      .map((placed) => ({ placed, key: key(placed) }))
      .sort((a, b) => compareKeys(a.key, b.key, sorted.sign))
      .map(({ placed }) => placed);
  };
  const heads = (): void => {
    head.replaceChildren(
      ...columns.map((column, at) =>
        element(
          'th',
          {
            scope: 'col',
            class: column.isNumber ? 'number' : null,
            'aria-sort': sorted.column === at ? (sorted.sign === 1 ? 'ascending' : 'descending') : null,
          },
          button(column.title, () => {
            sorted = { column: at, sign: sorted.column === at && sorted.sign === 1 ? -1 : 1 };
            refresh();
          }),
        ),
      ),
    );
  };
  const csv = (): void => {
    const kept = new Set(rows.map(({ place }) => place));
    const url = URL.createObjectURL(
      new Blob([trialsCsv(context.model.data, (place) => kept.has(place))], { type: 'text/csv' }),
    );
    element('a', { href: url, download: `${context.model.data.id.replaceAll('/', '-')}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  const made = panel({
    id: 'trials',
    title: 'Trials',
    wide: true,
    content: [
      element('div', { class: 'choices' }, count, button('Save as CSV', csv, { class: 'quiet' })),
      view,
    ],
  });
  let shownLevel = -1;
  const refresh = (): void => {
    if (shownLevel !== context.selection.level) {
      shownLevel = context.selection.level;
      sorted = { column: 0, sign: 1 };
      view.scrollTop = 0;
    }
    columns = columnsOf();
    const all = context.model.trials(context.selection.level);
    rows = sort(all.filter(({ place }) => context.selection.keeps(place)));
    count.textContent =
      rows.length === all.length ? `${all.length} trials` : `${rows.length} of ${all.length} trials`;
    table.setAttribute('aria-rowcount', String(rows.length + 1));
    heads();
    fill();
  };
  addEventListener('beforeprint', () => {
    body.replaceChildren(...rows.slice(0, 300).map(rowOf));
  });
  addEventListener('afterprint', fill);
  return { element: made, refresh };
}

function outcomeText({ trial: { state, reason, source, reused, timed, mixed } }: PlacedTrial): string {
  const kind = state === 'failed' ? (reason?.class ?? state) : state;
  const marks = [
    ...(source === 'algorithm' ? [] : [source]),
    ...(reused ? ['reused'] : []),
    ...(timed ? ['timed'] : []),
    ...(mixed ? ['mixed machines'] : []),
  ];
  return marks.length === 0 ? kind : `${kind} (${marks.join(', ')})`;
}

function numberText(value: number | null): string {
  return value === null ? '' : formatNumber(value);
}

/** Numbers before texts; nothing comes last in either order. */
function compareKeys(a: number | string | null, b: number | string | null, sign: 1 | -1): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  return sign * String(a).localeCompare(String(b), 'en', { numeric: true });
}

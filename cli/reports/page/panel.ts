/// <reference lib="dom" />
import { button, element } from './dom.js';

/** What a drawing shows, as a table: the same numbers for readers who cannot see it. */
export interface TableContent {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** A part of the page under a heading. */
export interface PanelContent {
  readonly id: string;
  readonly title: string;
  /** What is to be seen, in a sentence or two. */
  readonly caption?: string;
  readonly wide?: boolean;
  readonly content: readonly (Node | string)[];
  /** The numbers of a drawing; asked for when a reader wants them. */
  readonly table?: () => TableContent;
}

/** Rows of a table that a reader is shown at once. */
const shownRows = 500;

export function panel({ id, title, caption, wide, content, table }: PanelContent): HTMLElement {
  const made = element(
    'section',
    { id, class: wide === true ? 'panel wide' : 'panel', 'aria-labelledby': `${id}-title` },
    element('div', { class: 'panel-head' }, element('h2', { id: `${id}-title` }, title)),
    caption === undefined ? null : element('p', { class: 'caption' }, caption),
    [...content],
  );
  if (table !== undefined) made.querySelector('.panel-head')?.append(tableSwitch(made, title, table));
  return made;
}

/** A button that shows the numbers of a drawing below it, and takes them away again. */
function tableSwitch(made: HTMLElement, title: string, table: () => TableContent): HTMLButtonElement {
  const place = element('div', { class: 'as-table', hidden: true });
  const toggle = button(
    'As table',
    () => {
      place.hidden = !place.hidden;
      toggle.setAttribute('aria-expanded', String(!place.hidden));
      place.replaceChildren(...(place.hidden ? [] : [plainTable(table(), title)]));
    },
    { class: 'quiet', 'aria-expanded': 'false', 'aria-label': `${title} as table` },
  );
  made.append(place);
  return toggle;
}

/** A table of plain cells, which can be scrolled by keyboard. */
export function plainTable({ columns, rows }: TableContent, label: string): HTMLElement {
  const body = rows.slice(0, shownRows).map((row) =>
    element(
      'tr',
      {},
      row.map((cell) => element('td', typeof cell === 'number' ? { class: 'number' } : {}, cellText(cell))),
    ),
  );
  const head = element(
    'tr',
    {},
    columns.map((column) => element('th', { scope: 'col' }, column)),
  );
  const more = rows.length - shownRows;
  return element(
    'div',
    {},
    element(
      'div',
      { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': `${label}: table` },
      element('table', {}, element('thead', {}, head), element('tbody', {}, body)),
    ),
    more > 0 ? element('p', { class: 'muted' }, `… and ${more} more rows.`) : null,
  );
}

/** Names and values below each other. */
export function facts(rows: readonly (readonly [string, string | Node])[]): HTMLElement {
  return element(
    'dl',
    { class: 'facts' },
    rows.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  );
}

function cellText(cell: string | number | null): string {
  if (cell === null) return '';
  return typeof cell === 'number' ? String(Number(cell.toPrecision(6))) : cell;
}

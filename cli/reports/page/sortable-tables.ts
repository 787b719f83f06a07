/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Makes the headings of tables sort their rows; a second click turns the order round. */
export function makeSortable(root: ParentNode): void {
  for (const table of root.querySelectorAll('table.sortable')) {
    const heads = [...table.querySelectorAll('thead th')];
    heads.forEach((head, column) => {
      head.querySelector('button')?.addEventListener('click', () => {
        const descending = head.getAttribute('aria-sort') === 'ascending';
        for (const other of heads) other.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
        const body = table.querySelector('tbody');
        if (body !== null) sortRows(body, column, descending ? -1 : 1);
      });
    });
  }
}

function sortRows(body: HTMLTableSectionElement, column: number, sign: 1 | -1): void {
  const keyed = [...body.rows].map((row) => ({ row, key: keyOf(row.cells[column]) }));
  keyed.sort((a, b) => compare(a.key, b.key, sign));
  body.append(...keyed.map(({ row }) => row));
}

type Key = number | string | null;

function keyOf(cell: HTMLTableCellElement | undefined): Key {
  const value = cell?.dataset['value'];
  if (value !== undefined) return Number(value);
  const text = cell?.textContent?.trim() ?? '';
  return text === '' ? null : text;
}

/** Numbers before texts; empty cells last in either order. */
function compare(a: Key, b: Key, sign: 1 | -1): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  if (typeof a === 'string' && typeof b === 'string')
    return sign * a.localeCompare(b, 'en', { numeric: true });
  return typeof a === 'number' ? -sign : sign;
}

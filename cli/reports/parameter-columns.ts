import type { JournalTrial } from '../../client/index.js';
import { formatNumber } from '../number-format.js';

/** Parameters as a journal holds them. */
export type Parameters = JournalTrial['parameters'];

/** A parameter in a table: numbers are kept, so that a column can be sorted by them. */
export type Cell = string | number;

/** The parameters of a trial by the path of each, such as `cell.operations`; a list of values is one cell. */
export function parameterCells(parameters: Parameters): ReadonlyMap<string, Cell> {
  const cells = new Map<string, Cell>();
  const visit = (path: string, value: Parameters): void => {
    if (typeof value === 'number') cells.set(path, value);
    else if (typeof value !== 'object' || value === null) cells.set(path, String(value));
    else if (isList(value)) {
      if (value.every((each) => typeof each !== 'object' || each === null)) {
        cells.set(path, value.map(shortText).join(', '));
      } else value.forEach((each, place) => visit(`${path}[${place}]`, each));
    } else {
      for (const [key, member] of Object.entries(value)) visit(path === '' ? key : `${path}.${key}`, member);
    }
  };
  visit('', parameters);
  return cells;
}

/** The columns that hold every parameter of some trials. */
export function parameterColumns(trials: readonly JournalTrial[]): readonly string[] {
  const columns = new Set<string>();
  for (const { parameters } of trials)
    for (const path of parameterCells(parameters).keys()) columns.add(path);
  return [...columns];
}

/** A cell for people. */
export function cellText(cell: Cell): string {
  return typeof cell === 'number' ? formatNumber(cell) : cell;
}

/** Parameters in one line: `rows 16, columns 8, dataflow weightStationary`. */
export function parameterText(parameters: Parameters): string {
  return [...parameterCells(parameters)]
    .map(([path, cell]) => (path === '' ? cellText(cell) : `${path} ${cellText(cell)}`))
    .join(', ');
}

function shortText(value: Parameters): string {
  if (typeof value === 'number') return formatNumber(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isList(value: object): value is readonly Parameters[] {
  return Array.isArray(value);
}

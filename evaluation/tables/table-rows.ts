import { errorText } from '../../foundation/errors/index.js';
import { isPlainObject, type Json } from '../../foundation/json/index.js';
import { badTable } from './table-file.js';

/** One column of a key and the value that it has to hold. */
export type KeyCell = readonly [column: string, value: Json];

const between = '\u0000';

/** A table in memory: cells as text, by column; rows found by the values of some columns. */
export class TableRows {
  private readonly indices = new Map<string, ReadonlyMap<string, number>>();

  private constructor(
    readonly path: string,
    private readonly cells: ReadonlyMap<string, readonly string[]>,
    readonly count: number,
  ) {}

  /** Reads CSV with a header line, or a JSON array of flat objects; anything else is `BadInput`. */
  static parse(path: string, text: string): TableRows {
    const first = /\S/.exec(text)?.[0];
    if (first === undefined) throw badTable(`The table ${path} is empty.`);
    return first === '[' ? TableRows.ofJson(path, text) : TableRows.ofCsv(path, text);
  }

  get columns(): readonly string[] {
    return [...this.cells.keys()];
  }

  /** The text of a cell; empty when it was not measured. */
  cell(column: string, row: number): string {
    return this.cells.get(column)?.[row] ?? '';
  }

  /**
   * The row with these values; null when there is none. Numbers match by value, truth values in any case of letters,
   * texts exactly, and null matches an empty cell.
   */
  find(key: readonly KeyCell[]): number | null {
    const kinds = key.map(([column, value]) => `${column}${between}${typeof value}`).join(between);
    let index = this.indices.get(kinds);
    if (index === undefined) {
      index = this.index(key);
      this.indices.set(kinds, index);
    }
    return index.get(key.map(([, value]) => textOfValue(value)).join(between)) ?? null;
  }

  private index(like: readonly KeyCell[]): ReadonlyMap<string, number> {
    const columns = like.map(([column, value]) => {
      const cells = this.cells.get(column) ?? [];
      switch (typeof value) {
        case 'number':
          return cells.map((cell) => (cell === '' ? '' : textOfValue(Number(cell))));
        case 'boolean':
          return cells.map((cell) => cell.toLowerCase());
        default:
          return cells;
      }
    });
    const index = new Map<string, number>();
    for (let row = 0; row < this.count; row += 1) {
      const key = columns.map((cells) => cells[row] ?? '').join(between);
      const other = index.get(key);
      if (other !== undefined) {
        throw badTable(
          `The table ${this.path} has the same key (${like.map(([column]) => column).join(', ')}) in its rows ` +
            `${other + 1} and ${row + 1}: name the columns that tell them apart.`,
        );
      }
      index.set(key, row);
    }
    return index;
  }

  private static ofCsv(path: string, text: string): TableRows {
    const [header, ...lines] = csvLines(text);
    if (header === undefined || lines.length === 0) throw badTable(`The table ${path} has no rows.`);
    const repeated = header.find((column, index) => header.indexOf(column) !== index);
    if (repeated !== undefined) throw badTable(`The table ${path} has two columns called "${repeated}".`);
    const columns = header.map((): string[] => new Array<string>(lines.length));
    for (const [row, line] of lines.entries()) {
      if (line.length !== header.length) {
        throw badTable(
          `The table ${path} has ${line.length} cells in row ${row + 1} and ${header.length} columns: it is damaged.`,
        );
      }
      for (const [index, column] of columns.entries()) column[row] = line[index] ?? '';
    }
    return new TableRows(
      path,
      new Map(header.map((column, index) => [column, columns[index] ?? []])),
      lines.length,
    );
  }

  private static ofJson(path: string, text: string): TableRows {
    const rows = parseTableJson(path, text);
    if (!Array.isArray(rows) || rows.length === 0) throw badTable(`The table ${path} has no rows.`);
    const cells = new Map<string, string[]>();
    for (const [row, value] of rows.entries()) {
      if (!isPlainObject(value))
        throw badTable(`The table ${path} has no object of cells in row ${row + 1}.`);
      for (const [column, cell] of Object.entries(value)) {
        let held = cells.get(column);
        if (held === undefined) {
          held = new Array<string>(rows.length).fill('');
          cells.set(column, held);
        }
        if (typeof cell === 'object' && cell !== null) {
          throw badTable(`The table ${path} has no plain value in column "${column}" of row ${row + 1}.`);
        }
        held[row] = textOfValue(cell as Json);
      }
    }
    return new TableRows(path, cells, rows.length);
  }
}

/** JSON of a table file; text that is none is `BadInput`. */
export function parseTableJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const reason = errorText(error);
    throw badTable(`The table ${path} is no JSON (${reason}): it is damaged or has another format.`);
  }
}

function textOfValue(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'object') return JSON.stringify(value);
  return typeof value === 'number' ? String(value + 0) : String(value);
}

/** The cells of each line that is not empty (RFC 4180). */
function csvLines(text: string): readonly (readonly string[])[] {
  if (!text.includes('"')) {
    const lines: (readonly string[])[] = [];
    for (const line of text.split('\n')) {
      const whole = line.endsWith('\r') ? line.slice(0, -1) : line;
      if (whole !== '') lines.push(whole.split(','));
    }
    return lines;
  }
  const lines: string[][] = [];
  let line: string[] = [];
  // A cell with its quotes, or without any, and what ends it.
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  for (;;) {
    const found = cell.exec(text);
    if (found === null)
      throw badTable(`A quote is never closed, or in the middle of a cell: ${line.join(',')}`);
    const [, quoted, plain = '', end = ''] = found;
    line.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (line.length > 1 || line[0] !== '') lines.push(line);
    if (end === '') return lines;
    line = [];
  }
}

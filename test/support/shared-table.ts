import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sharedDirectory } from './shared.js';

/** A row of a table: cells by column name. */
export type TableRow = ReadonlyMap<string, string>;

/**
 * Reads a table below `benchmarks/` of the shared data, such as `nas/nb201.csv.gz`: one header line, cells without
 * quotes. Throws when the shared data is absent.
 */
export function readSharedTable(name: string): readonly TableRow[] {
  const directory = sharedDirectory();
  if (directory === undefined) throw new Error(`The shared data is absent, so ${name} cannot be read.`);
  const bytes = readFileSync(path.join(directory, 'benchmarks', name));
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const [header = '', ...lines] = text.split('\n').filter((line) => line !== '');
  const columns = header.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    if (cells.length !== columns.length)
      throw new Error(`${name}: a line has ${cells.length} cells: ${line}`);
    return new Map(columns.map((column, i) => [column, cells[i] ?? '']));
  });
}

/** A cell as text. */
export function textOf(row: TableRow, column: string): string {
  const cell = row.get(column);
  if (cell === undefined) throw new Error(`The table has no column "${column}".`);
  return cell;
}

/** A cell as a number; NaN when it is empty. */
export function numberOf(row: TableRow, column: string): number {
  const cell = textOf(row, column);
  return cell === '' ? NaN : Number(cell);
}

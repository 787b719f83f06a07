import { existsSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../setup/folders.mjs';

/** Best test accuracy after 200 epochs in the CIFAR-10 table. */
export const optimum = 94.37;

/** The table of NAS-Bench-201: the file that `--table` names, or the one in the shared folder. */
export function readTable(benchArguments: readonly string[]): string {
  const at = benchArguments.indexOf('--table');
  const shared = process.env['DURAMEN_SHARED'] ?? '';
  const folder = path.resolve(packageRoot, shared === '' ? '../shared' : shared);
  const table =
    at === -1
      ? path.join(folder, 'benchmarks', 'nas', 'nb201.csv.gz')
      : path.resolve(benchArguments[at + 1] ?? '');
  if (existsSync(table)) return table;
  throw new Error(`There is no ${table}: name the NAS-Bench-201 table with --table FILE.`);
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import { sharedPlace } from '../../test/support/shared.js';

/** Best test accuracy after 200 epochs in the CIFAR-10 table. */
export const optimum = 94.37;

/** The table of NAS-Bench-201: the file that `--table` names, or the one in the shared folder. */
export function readTable(benchArguments: readonly string[]): string {
  const at = benchArguments.indexOf('--table');
  const table =
    at === -1
      ? path.join(sharedPlace(), 'benchmarks', 'nas', 'nb201.csv.gz')
      : path.resolve(benchArguments[at + 1] ?? '');
  if (existsSync(table)) return table;
  throw new Error(`There is no ${table}: name the NAS-Bench-201 table with --table FILE.`);
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { TableRows, type TableRow } from '../../bench/warm-table/table-rows.js';
import { transferRegret } from '../../bench/warm-table/transfer-regret.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const weights = 'a'.repeat(64);
const row = (task: string, cell: string, accuracy: number, seed = 1): TableRow => ({
  ...{ task, cell, seed, accuracy, weights },
});

/** Tasks a and b like cell 000, c and d cell 111; the mean over the others misleads each of them. */
const rows = [
  ...[row('a', '000', 0.8), row('a', '111', 0.7), row('a', '222', 0.6), row('a', '000', 1, 2)],
  ...[row('b', '000', 0.9), row('b', '111', 0.7), row('b', '222', 0.6)],
  ...[row('c', '000', 0.5), row('c', '111', 0.9), row('c', '222', 0.6)],
  ...[row('d', '000', 0.5), row('d', '111', 0.9), row('d', '222', 0.6)],
];
const near = (one: string, other: string): boolean =>
  ['ab', 'cd'].some((pair) => pair.includes(one) && pair.includes(other));

test('the regret of a source is what its best cell loses on the target, in points', () => {
  const { targets, spearman, error, pairs } = transferRegret(rows, (target, source) =>
    near(target, source) ? 0.1 : 0.5,
  );
  expect(pairs).toBe(12);
  expect(spearman).toBeGreaterThan(0.8);
  expect(error).toBeGreaterThanOrEqual(0);
  const [a] = targets;
  // Of the seeds of task a, cell 000 has the mean 0.9.
  expect(a).toMatchObject({ task: 'a', nearestTask: 'b', nearest: 0, oracle: 0 });
  expect(a?.meanSource).toBeCloseTo((0 + 20 + 20) / 3, 9);
  expect(a?.bestOfOthers).toBeCloseTo(20, 9);
  expect(a?.random).toBeCloseTo((0 + 20 + 30) / 3, 9);
});

test('rows stay in a CSV file, but for a line that was cut off', () => {
  const file = path.join(temporaryFolder(), 'table.csv');
  const table = new TableRows(file);
  expect(table.all()).toEqual([]);
  for (const one of rows.slice(0, 2)) table.add(one);
  appendFileSync(file, 'a,222,1,0.6,aaaa');
  expect(new TableRows(file).all()).toEqual(rows.slice(0, 2));
  table.add(rows[2] ?? row('', '', 0));
  expect(table.all()).toEqual(rows.slice(0, 3));
  const foreign = path.join(temporaryFolder(), 'other.csv');
  appendFileSync(foreign, 'a,b\n');
  expect(() => new TableRows(foreign)).toThrow('is no table of this bench');
});

import { alignedTable } from '../aligned-table.js';
import type { FaultKind } from './faults.js';

/** What one kind of search went through, and what differed from the undisturbed search. */
export interface SoakedKind {
  readonly search: string;
  readonly runs: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly lost: number;
  readonly duplicated: number;
  readonly zombies: number;
  readonly mismatches: number;
  readonly weights: number;
  readonly problems: readonly string[];
}

const faultColumns: readonly FaultKind[] = [
  'kill',
  'freeze',
  'pause',
  'concurrency',
  'odd message',
  'full disk',
  'clock step',
];

/** The kinds as text with aligned columns, their sum in the last line. */
export function soakTable(kinds: readonly SoakedKind[]): string {
  const rows = kinds.map((kind) => [kind.search, ...figures(kind).map(String)]);
  const sums = kinds
    .map(figures)
    .reduce<readonly number[]>((total, row) => row.map((value, column) => value + (total[column] ?? 0)), []);
  const titles = [
    'search',
    'runs',
    ...faultColumns,
    'lost',
    'duplicated',
    'zombies',
    'mismatches',
    'weights',
  ];
  const lines = [titles, ...rows, ['all', ...sums.map(String)]];
  return alignedTable(lines, 1);
}

function figures(kind: SoakedKind): readonly number[] {
  const { runs, faults, lost, duplicated, zombies, mismatches, weights } = kind;
  return [
    runs,
    ...faultColumns.map((fault) => faults[fault] ?? 0),
    lost,
    duplicated,
    zombies,
    mismatches,
    weights,
  ];
}

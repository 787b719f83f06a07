import { alignedTable } from '../aligned-table.js';

/** One cell: a kind of search, one victim, some rounds. */
export interface Cell {
  readonly search: string;
  readonly victim: string;
  readonly runs: number;
  readonly kills: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly zombies: number;
  readonly mismatches: number;
  /** Trained networks whose weights were compared. */
  readonly weights: number;
  /** Names of what differed and of what did not end. */
  readonly problems: readonly string[];
  /** Seconds from the kill until the killed processes run again. */
  readonly restart: Spread;
  /** Seconds from then to the next started evaluation. */
  readonly nextStart: Spread;
  /** Seconds from the loss of an evaluation to its next attempt. */
  readonly retry: Spread;
}

/** Median and worst; null where nothing was measured. */
export interface Spread {
  readonly median: number | null;
  readonly worst: number | null;
  readonly measured: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[Math.ceil(sorted.length / 2) - 1];
  const high = sorted[Math.floor(sorted.length / 2)];
  const median = low === undefined || high === undefined ? null : rounded((low + high) / 2);
  return { median, worst: sorted.length === 0 ? null : rounded(sorted.at(-1) ?? 0), measured: sorted.length };
}

const titles = [
  ...['search', 'killed', 'runs', 'kills', 'lost', 'duplicated', 'zombies', 'mismatches', 'weights'],
  ...['restart, s', 'worst', 'next start, s', 'worst', 'retry, s', 'worst'],
];

/** The matrix as text with aligned columns. */
export function matrixTable(cells: readonly Cell[]): string {
  const rows = cells.map((cell) => [
    ...[cell.search, cell.victim],
    ...[cell.runs, cell.kills, cell.lost, cell.duplicated, cell.zombies, cell.mismatches, cell.weights].map(
      String,
    ),
    ...[cell.restart, cell.nextStart, cell.retry].flatMap(({ median, worst }) => [
      shown(median),
      shown(worst),
    ]),
  ]);
  return alignedTable([titles, ...rows], 2);
}

function shown(seconds: number | null): string {
  return seconds === null ? '–' : seconds.toFixed(1);
}

function rounded(seconds: number): number {
  return Number(seconds.toFixed(2));
}

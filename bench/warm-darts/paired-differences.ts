import type { CellResult } from './cell-results.js';

/** The mean of paired differences with its standard error: the larger of those over seeds and over cells. */
export interface PairedDifference {
  readonly cells: number;
  readonly seeds: number;
  readonly mean: number;
  readonly error: number;
}

/** The differences of an arm to another in points of accuracy, over the tasks and seeds that both have; null for none. */
export function pairedDifference(
  results: readonly CellResult[],
  arm: string,
  other: string,
  families: readonly string[],
): PairedDifference | null {
  const cells = results.flatMap((one) => {
    if (one.arm !== arm || !families.includes(one.family)) return [];
    const base = results.find(
      ({ arm: name, task, seed }) => name === other && task === one.task && seed === one.seed,
    );
    return base === undefined ? [] : [{ seed: one.seed, points: 100 * (one.accuracy - base.accuracy) }];
  });
  if (cells.length === 0) return null;
  const seeds = [...new Set(cells.map(({ seed }) => seed))];
  const bySeed = seeds.map((seed) =>
    meanOf(cells.filter((cell) => cell.seed === seed).map(({ points }) => points)),
  );
  const points = cells.map((cell) => cell.points);
  return {
    ...{ cells: cells.length, seeds: seeds.length, mean: meanOf(points) },
    error: Math.max(errorOf(bySeed), errorOf(points)),
  };
}

/** The mean of numbers; NaN of none. */
export function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** The standard error of a mean; 0 of fewer than two numbers. */
function errorOf(numbers: readonly number[]): number {
  if (numbers.length < 2) return 0;
  const mean = meanOf(numbers);
  const variance =
    numbers.reduce((sum, number) => sum + (number - mean) * (number - mean), 0) / (numbers.length - 1);
  return Math.sqrt(variance / numbers.length);
}

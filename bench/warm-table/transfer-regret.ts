import { rankCorrelation } from '../../searches/retraining/rank-correlation.js';
import type { TableRow } from './table-rows.js';

/** What the table says of one target. */
export interface TargetRegret {
  readonly task: string;
  /** Points of test accuracy that the best cell of the nearest other task loses against the target's own best one. */
  readonly nearest: number;
  readonly nearestTask: string;
  /** The same of the best source, in hindsight, and in the mean over all. */
  readonly oracle: number;
  readonly meanSource: number;
  /** The same of the cell that is best in the mean over all other tasks. */
  readonly bestOfOthers: number;
  /** The same of a random cell. */
  readonly random: number;
}

/** How well distances between tasks tell from which one to start. */
export interface TransferRegret {
  /** Spearman's correlation of distance and regret over all pairs of tasks, and its standard error by leaving out tasks. */
  readonly spearman: number | null;
  readonly error: number | null;
  readonly pairs: number;
  readonly targets: readonly TargetRegret[];
}

type Means = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * The true regrets of transferring a task's best cell, by means over seeds, beside the distances of the tasks. Tasks
 * without a row are left out; `distances` goes by the names of two tasks.
 */
export function transferRegret(
  rows: readonly TableRow[],
  distances: (target: string, source: string) => number,
): TransferRegret {
  const means = meansOf(rows);
  const tasks = [...means.keys()];
  const pairs = tasks.flatMap((target) =>
    tasks
      .filter((source) => source !== target)
      .map((source) => ({
        ...{ target, source, distance: distances(target, source) },
        regret: regretOf(means, target, bestCell(means.get(source))),
      })),
  );
  const spearman = correlationOf(pairs);
  const without = tasks.map((task) =>
    correlationOf(pairs.filter(({ target, source }) => target !== task && source !== task)),
  );
  return {
    ...{ spearman, error: jackknifeError(without), pairs: pairs.length },
    targets: tasks.map((task) => {
      const own = pairs.filter(({ target }) => target === task);
      const [first] = [...own].sort((a, b) => a.distance - b.distance);
      const others = new Map([...means].filter(([name]) => name !== task));
      const cells = [...(means.get(task)?.keys() ?? [])];
      return {
        ...{ task, nearest: first?.regret ?? Number.NaN, nearestTask: first?.source ?? '' },
        oracle: Math.min(...own.map(({ regret }) => regret)),
        meanSource: mean(own.map(({ regret }) => regret)),
        bestOfOthers: regretOf(means, task, bestCell(meanOverTasks(others))),
        random: mean(cells.map((cell) => regretOf(means, task, cell))),
      };
    }),
  };
}

function meansOf(rows: readonly TableRow[]): Means {
  const found = new Map<string, Map<string, number[]>>();
  for (const { task, cell, accuracy } of rows) {
    const ofTask = found.get(task) ?? new Map<string, number[]>();
    found.set(task, ofTask.set(cell, [...(ofTask.get(cell) ?? []), accuracy]));
  }
  return new Map(
    [...found].map(([task, cells]) => [
      task,
      new Map([...cells].map(([cell, values]) => [cell, mean(values)])),
    ]),
  );
}

/** The mean of each cell over all tasks that have it. */
function meanOverTasks(means: Means): ReadonlyMap<string, number> {
  const cells = new Set([...means.values()].flatMap((own) => [...own.keys()]));
  return new Map(
    [...cells].map((cell) => {
      const values = [...means.values()].flatMap((own) => {
        const value = own.get(cell);
        return value === undefined ? [] : [value];
      });
      return [cell, mean(values)];
    }),
  );
}

/** The cell with the largest mean, of equals the smaller number. */
function bestCell(cells: ReadonlyMap<string, number> = new Map()): string {
  const [first] = [...cells].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return first?.[0] ?? '';
}

/** Points that a cell loses against the best one; not a number where it was not trained on the task. */
function regretOf(means: Means, task: string, cell: string): number {
  const own = means.get(task);
  return 100 * ((own?.get(bestCell(own)) ?? Number.NaN) - (own?.get(cell) ?? Number.NaN));
}

function correlationOf(
  pairs: readonly { readonly distance: number; readonly regret: number }[],
): number | null {
  return rankCorrelation(
    pairs.flatMap(({ distance, regret }) => (Number.isNaN(regret) ? [] : [[distance, regret] as const])),
  );
}

/** The standard error of a figure by its values without each task in turn; null where one of them is not known. */
function jackknifeError(without: readonly (number | null)[]): number | null {
  const known = without.flatMap((value) => (value === null ? [] : [value]));
  if (known.length < without.length || known.length < 2) return null;
  const middle = mean(known);
  const squares = known.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt((squares * (known.length - 1)) / known.length);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

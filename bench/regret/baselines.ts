import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isPlainObject } from '../../foundation/json/index.js';
import { sharedPlace } from '../../test/support/shared.js';

/** A mean over seeds with its standard error. */
export interface Figure {
  readonly mean: number;
  readonly standardError: number;
}

/** Regrets of one peer on one table, by budget. */
export interface Baseline {
  readonly table: string;
  readonly algorithm: string;
  readonly window: number;
  readonly regret: ReadonlyMap<number, Figure>;
}

/** The figures of Optuna's samplers in `baselines.json`. */
export function peerBaselines(): readonly Baseline[] {
  const file = path.join(sharedPlace(), 'benchmarks', 'baselines.json');
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const single: unknown = isPlainObject(content) ? content['single'] : undefined;
  if (!Array.isArray(single)) throw new Error(`${file} has no list "single".`);
  return single.flatMap((entry: unknown): readonly Baseline[] => {
    if (!isPlainObject(entry) || !isPlainObject(entry['regret'])) return [];
    const { benchmark, algorithm, window } = entry;
    if (typeof benchmark !== 'string' || typeof algorithm !== 'string' || typeof window !== 'number')
      return [];
    if (!algorithm.startsWith('optuna-')) return [];
    const regret = Object.entries(entry['regret']).flatMap(([budget, figure]): [number, Figure][] =>
      isPlainObject(figure) && typeof figure['mean'] === 'number' && typeof figure['se'] === 'number'
        ? [[Number(budget), { mean: figure['mean'], standardError: figure['se'] }]]
        : [],
    );
    return [{ table: benchmark, algorithm, window, regret: new Map(regret) }];
  });
}

/** The best peer of a cell; null where `baselines.json` has none. */
export function bestPeer(
  baselines: readonly Baseline[],
  table: string,
  window: number,
  budget: number,
): (Figure & { readonly algorithm: string }) | null {
  return baselines
    .filter((one) => one.table === table && one.window === window)
    .flatMap(({ algorithm, regret }) => {
      const figure = regret.get(budget);
      return figure === undefined ? [] : [{ algorithm, ...figure }];
    })
    .reduce<(Figure & { readonly algorithm: string }) | null>(
      (best, one) => (best === null || one.mean < best.mean ? one : best),
      null,
    );
}

/** Mean and standard error of some values. */
export function figureOf(values: readonly number[]): Figure {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const standardError = values.length < 2 ? 0 : Math.sqrt(square / (values.length - 1) / values.length);
  return { mean, standardError };
}

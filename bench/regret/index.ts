import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  bayesian,
  random,
  regularizedEvolution,
  tpe,
  type AlgorithmReference,
} from '../../algorithms/index.js';
import { isPlainObject } from '../../foundation/json/index.js';
import { hashJson } from '../../foundation/numbers/index.js';
import { packageRoot } from '../../setup/folders.mjs';
import { readCount } from '../count-option.js';
import { bestPeer, figureOf, peerBaselines } from './baselines.js';
import { regretSearch, type RegretResult } from './regret-search.js';
import { regretTables } from './regret-table.js';

/** Who is measured, with the budgets that it is measured at. */
export const contenders = {
  bayesian: { algorithm: bayesian(), budgets: [25, 50, 100, 200] },
  tpe: { algorithm: tpe(), budgets: [25, 50, 100, 200, 300] },
  evolution: {
    algorithm: regularizedEvolution({ populationSize: 10, tournamentSize: 10 }),
    budgets: [25, 50, 100, 200],
  },
  random: { algorithm: random(), budgets: [25, 50, 100, 200] },
} as const satisfies Record<string, { algorithm: AlgorithmReference; budgets: readonly number[] }>;
type ContenderName = keyof typeof contenders;

/**
 * The regret of sampling algorithms on tables of real trainings, beside the figures of Optuna's samplers in
 * `baselines.json`: one JSON line for each table and algorithm, with every seed's values, so that all means can be
 * computed again. `--seeds N` (20), `--window N` (1), `--budget N`: no budget above it. `--only NAMES`: tables and
 * algorithms, such as `tpe,nb201`. `--held-out FOLDER`: tables of the same formats beside them. `--results FILE` keeps
 * finished searches under the hash of the code and the settings.
 */
export async function run(benchArguments: readonly string[]): Promise<void> {
  const seeds = readCount(benchArguments, '--seeds', 20, 1);
  const window = readCount(benchArguments, '--window', 1, 1);
  const largest = readCount(benchArguments, '--budget', 300, 25);
  const tables = regretTables(optionOf(benchArguments, '--held-out'));
  const names = Object.keys(contenders) as ContenderName[];
  const only = optionOf(benchArguments, '--only')?.split(',') ?? [];
  const unknown = only.find((name) => !tables.has(name) && !names.some((one) => one === name));
  if (unknown !== undefined)
    throw new Error(`"${unknown}" is none of ${[...tables.keys(), ...names].join(', ')}.`);
  const wanted = (name: string, all: readonly string[]): boolean =>
    only.includes(name) || !only.some((one) => all.includes(one));
  const baselines = peerBaselines();
  const kept = new KeptResults(optionOf(benchArguments, '--results'));
  for (const [tableName, open] of tables) {
    if (!wanted(tableName, [...tables.keys()])) continue;
    const table = open();
    for (const name of names) {
      if (!wanted(name, names)) continue;
      const { algorithm } = contenders[name];
      const budgets = contenders[name].budgets.filter((budget) => budget <= largest);
      const results = Array.from({ length: seeds }, (_, seed) =>
        kept.result({ table: tableName, algorithm, seed, budgets, window }, () =>
          regretSearch(table, algorithm, seed, budgets, window),
        ),
      );
      const cells = budgets.map((budget) => {
        const values = results.map(({ regret }) => regret[budget] ?? NaN);
        const own = figureOf(values);
        return { budget, ...own, values, peer: bestPeer(baselines, tableName, window, budget) };
      });
      const { mean: milliseconds } = figureOf(results.map((result) => result.milliseconds));
      console.log(
        JSON.stringify({
          bench: 'regret',
          table: tableName,
          algorithm: name,
          window,
          seeds,
          milliseconds,
          cells,
        }),
      );
    }
  }
}

function optionOf(benchArguments: readonly string[], name: string): string | null {
  const at = benchArguments.indexOf(name);
  if (at === -1) return null;
  const value = benchArguments[at + 1];
  if (value === undefined || value.startsWith('--')) throw new Error(`${name} takes a value.`);
  return value;
}

interface Settings {
  readonly table: string;
  readonly algorithm: AlgorithmReference;
  readonly seed: number;
  readonly budgets: readonly number[];
  readonly window: number;
}

/** Finished searches in a file of JSON lines, by the hash of the built code and of their settings. */
class KeptResults {
  private readonly known = new Map<string, RegretResult>();
  private readonly code = readFileSync(path.join(packageRoot, 'dist', '.build-hash'), 'utf8');

  constructor(private readonly file: string | null) {
    if (file === null || !existsSync(file)) return;
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const entry = entryOf(line);
      if (entry !== null) this.known.set(entry.key, entry.result);
    }
  }

  result({ table, algorithm, seed, budgets, window }: Settings, make: () => RegretResult): RegretResult {
    const { name, version, config } = algorithm;
    const described = { name, version, config: JSON.stringify(config) };
    const key = hashJson([this.code, table, described, seed, [...budgets], window]);
    const before = this.known.get(key);
    if (before !== undefined) return before;
    const result = make();
    if (this.file !== null) appendFileSync(this.file, `${JSON.stringify({ key, result })}\n`);
    return result;
  }
}

/** An entry of the file; null for the line that a killed bench left half. */
function entryOf(line: string): { readonly key: string; readonly result: RegretResult } | null {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isPlainObject(entry) || typeof entry['key'] !== 'string') return null;
  const result: unknown = entry['result'];
  if (!isPlainObject(result) || !isPlainObject(result['regret'])) return null;
  const { milliseconds } = result;
  if (typeof milliseconds !== 'number') return null;
  const regret = Object.fromEntries(
    Object.entries(result['regret']).map(([budget, value]) => [budget, Number(value)]),
  );
  return { key: entry['key'], result: { regret, milliseconds } };
}

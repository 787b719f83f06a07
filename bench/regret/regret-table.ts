import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { TableTrees } from '../../evaluation/tables/table-trees.js';
import { bool, float, oneOf, space, type Genome, type Space } from '../../search-spaces/index.js';
import { sharedPlace } from '../../test/support/shared.js';

/** A table of real trainings as an objective: lists of numbers are ordered choices, the rest are categories. */
export interface RegretTable {
  readonly name: string;
  readonly space: Space;
  readonly goal: 'minimize' | 'maximize';
  /** What a search sees of a point: the mean over the seeds of its trainings, or a short training. */
  readonly observed: (genome: Genome) => number;
  /** How far a point is from the best one, as `baselines.json` defines it. */
  readonly regret: (genome: Genome) => number;
}

export const tableNames = [
  'fcnet_naval',
  'fcnet_protein',
  'nn_phoneme',
  'nn_vehicle',
  'nn_car',
  'nb201',
  'macro',
  'jahs',
] as const;

/** The tables of the shared folder by name, and those of a folder of held-out files of the same formats. */
export function regretTables(heldOut: string | null): ReadonlyMap<string, () => RegretTable> {
  const benchmarks = path.join(sharedPlace(), 'benchmarks');
  const hpo = path.join(benchmarks, 'hpo');
  const nas = path.join(benchmarks, 'nas');
  const tables = new Map<string, () => RegretTable>([
    ['fcnet_naval', () => fcNet('fcnet_naval', path.join(hpo, 'fcnet_naval_propulsion.csv.gz'))],
    ['fcnet_protein', () => fcNet('fcnet_protein', path.join(hpo, 'fcnet_protein_structure.csv.gz'))],
    ...['nn_phoneme', 'nn_vehicle', 'nn_car'].map(
      (name) => [name, () => hpoBench(name, path.join(hpo, `${name}.csv.gz`))] as const,
    ),
    ['nb201', () => nasBench201(path.join(nas, 'nb201.csv.gz'))],
    ['macro', () => macro(path.join(nas, 'nas_bench_macro.csv.gz'))],
    ['jahs', () => jahs(path.join(hpo, 'jahs_cifar10_surrogate.json.gz'))],
  ]);
  if (heldOut === null) return tables;
  if (!existsSync(heldOut)) throw new Error(`There is no folder ${heldOut}.`);
  for (const file of readdirSync(heldOut).sort()) {
    const name = path.basename(file, '.csv.gz');
    if (tables.has(name) || name === file) continue;
    if (file.startsWith('fcnet_')) tables.set(name, () => fcNet(name, path.join(heldOut, file)));
    if (file.startsWith('nn_')) tables.set(name, () => hpoBench(name, path.join(heldOut, file)));
  }
  return tables;
}

/** The cells of each row by its first one. */
function rowsOf(file: string): ReadonlyMap<string, readonly string[]> {
  const [, ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  return new Map(
    lines.map((line) => {
      const [key = '', ...cells] = line.split(',');
      return [key, cells];
    }),
  );
}

/** A table whose keys are the digits of a genome. */
function digitTable(
  name: string,
  shape: Space,
  goal: RegretTable['goal'],
  values: ReadonlyMap<string, number>,
  regretOf: (value: number, best: number) => number,
): RegretTable {
  let best = goal === 'minimize' ? Infinity : -Infinity;
  for (const value of values.values())
    best = goal === 'minimize' ? Math.min(best, value) : Math.max(best, value);
  const valueOf = (genome: Genome): number => {
    const value = values.get(genome.join(''));
    if (value === undefined) throw new Error(`The table ${name} has no row ${genome.join('')}.`);
    return value;
  };
  return { name, space: shape, goal, observed: valueOf, regret: (genome) => regretOf(valueOf(genome), best) };
}

function meansOf(rows: ReadonlyMap<string, readonly string[]>, seeds: number): ReadonlyMap<string, number> {
  const mean = (cells: readonly string[]): number =>
    cells.slice(0, seeds).reduce((sum, cell) => sum + Number(cell), 0) / seeds;
  return new Map([...rows].map(([key, cells]) => [key, mean(cells)]));
}

function fcNet(name: string, file: string): RegretTable {
  const shape = space({
    activation_fn_1: oneOf(['relu', 'tanh']),
    activation_fn_2: oneOf(['relu', 'tanh']),
    batch_size: oneOf([8, 16, 32, 64]),
    dropout_1: oneOf([0, 0.3, 0.6]),
    dropout_2: oneOf([0, 0.3, 0.6]),
    init_lr: oneOf([0.0005, 0.001, 0.005, 0.01, 0.05, 0.1]),
    lr_schedule: oneOf(['cosine', 'const']),
    n_units_1: oneOf([16, 32, 64, 128, 256, 512]),
    n_units_2: oneOf([16, 32, 64, 128, 256, 512]),
  });
  const means = meansOf(rowsOf(file), 4);
  return digitTable(name, shape, 'minimize', means, (loss, best) => Math.log10(loss / best));
}

function hpoBench(name: string, file: string): RegretTable {
  const ten = oneOf([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const shape = space({ alpha: ten, batch_size: ten, depth: oneOf([0, 1, 2]), rate: ten, width: ten });
  const means = meansOf(rowsOf(file), 5);
  return digitTable(name, shape, 'maximize', means, (score, best) => 100 * (best - score));
}

function macro(file: string): RegretTable {
  const block = oneOf(['identity', 'kernel 3', 'kernel 5']);
  const shape = space(Array.from({ length: 8 }, () => block));
  return digitTable(
    'macro',
    shape,
    'maximize',
    meansOf(rowsOf(file), 3),
    (accuracy, best) => best - accuracy,
  );
}

/** The search sees the accuracy after 12 epochs; what counts is the test accuracy after 200, at most 94.37333. */
function nasBench201(file: string): RegretTable {
  const operation = oneOf(['none', 'skip', 'kernel 1', 'kernel 3', 'pool']);
  const rows = [...rowsOf(file).values()];
  const short = new Map(rows.map(([ops = '', , validation]) => [ops, Number(validation)]));
  const long = new Map(rows.map(([ops = '', , , , , test]) => [ops, Number(test)]));
  const shape = space(Array.from({ length: 6 }, () => operation));
  const table = digitTable('nb201', shape, 'maximize', short, () => NaN);
  return { ...table, regret: (genome) => 94.37333 - (long.get(genome.join('')) ?? NaN) };
}

function jahs(file: string): RegretTable {
  const trees = TableTrees.parse(file, gunzipSync(readFileSync(file)).toString('utf8'));
  const operation = oneOf(['skip', 'zero', 'kernel 3', 'kernel 1', 'pool']);
  const shape = space({
    Op: [operation, operation, operation, operation, operation, operation],
    N: oneOf([1, 3, 5]),
    W: oneOf([4, 8, 16]),
    Resolution: oneOf([0.25, 0.5, 1]),
    Activation: oneOf(['ReLU', 'Hardswish', 'Mish']),
    LearningRate: float(1e-3, 1, { scale: 'log' }),
    WeightDecay: float(1e-5, 1e-2, { scale: 'log' }),
    TrivialAugment: bool(),
  });
  const observed = (genome: Genome): number => {
    const at = (place: number): number => genome[place] ?? 0;
    const inputs = trees.vector({
      ...Object.fromEntries([0, 1, 2, 3, 4, 5].map((edge) => [`Op${edge + 1}`, at(edge)])),
      N: [1, 3, 5][at(6)] ?? 1,
      W: [4, 8, 16][at(7)] ?? 4,
      Resolution: [0.25, 0.5, 1][at(8)] ?? 1,
      Activation: ['ReLU', 'Hardswish', 'Mish'][at(9)] ?? 'ReLU',
      LearningRate: at(10),
      WeightDecay: at(11),
      TrivialAugment: at(12) === 1,
      Optimizer: 'SGD',
      epoch: 200,
    });
    return Math.min(100, Math.max(0, trees.predict('valid-acc', inputs)));
  };
  return {
    name: 'jahs',
    space: shape,
    goal: 'maximize',
    observed,
    regret: (genome) => 100 - observed(genome),
  };
}

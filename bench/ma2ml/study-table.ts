import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sharedPlace } from '../../test/support/shared.js';
import { TableTrees } from '../../evaluation/tables/table-trees.js';
import { RandomStream, type Rng } from '../../foundation/numbers/index.js';
import { object, oneOf, view, type View } from '../../search-spaces/index.js';

/** A decision of a table: its agent and its number of options. */
interface Digit {
  readonly name: string;
  readonly agent: string;
  readonly of: number;
}

/** A table as a game of agents: a pipeline is an option for every digit, its index counts in mixed radix. */
export interface StudyTable {
  readonly name: string;
  readonly agents: readonly string[];
  readonly digits: readonly Digit[];
  readonly view: View;
  /** The true reward of every pipeline, in [0, 1]. */
  readonly truth: Float64Array;
  /** The reward of one evaluation. */
  readonly evaluate: (place: number, rng: Rng) => number;
  /** What a pipeline costs, where the table tells. */
  readonly costs: (place: number) => Readonly<Record<string, number>>;
}

const noCosts = (): Readonly<Record<string, number>> => ({});

export const tableNames = [
  'naval',
  'protein',
  'naval-additive',
  'protein-additive',
  'phoneme',
  'car',
  'vehicle',
  'jahs',
  'macro',
] as const;
export type TableName = (typeof tableNames)[number];

const fcNetFiles = { naval: 'fcnet_naval_propulsion', protein: 'fcnet_protein_structure' } as const;

/** A folder of tables: `benchmarks/hpo` or `benchmarks/nas` beside a checkout, or in `DURAMEN_SHARED`. */
function tableFolder(kind: 'hpo' | 'nas' = 'hpo'): string {
  return path.join(sharedPlace(), 'benchmarks', kind);
}

const tables = new Map<TableName, StudyTable>();

/** A table, read once. */
export function studyTable(name: TableName): StudyTable {
  const known = tables.get(name);
  if (known !== undefined) return known;
  const table = readTable(name);
  tables.set(name, table);
  return table;
}

function readTable(name: TableName): StudyTable {
  switch (name) {
    case 'naval':
    case 'protein':
      return fcNet(name);
    case 'naval-additive':
      return additive(name, studyTable('naval'));
    case 'protein-additive':
      return additive(name, studyTable('protein'));
    case 'phoneme':
    case 'car':
    case 'vehicle':
      return hpoBench(name);
    case 'jahs':
      return jahs();
    case 'macro':
      return macro();
    default:
      return name satisfies never;
  }
}

const fcNetDigits: readonly Digit[] = [
  { name: 'activation_fn_1', agent: 'NAS', of: 2 },
  { name: 'activation_fn_2', agent: 'NAS', of: 2 },
  { name: 'batch_size', agent: 'HPO', of: 4 },
  { name: 'dropout_1', agent: 'REG', of: 3 },
  { name: 'dropout_2', agent: 'REG', of: 3 },
  { name: 'init_lr', agent: 'HPO', of: 6 },
  { name: 'lr_schedule', agent: 'HPO', of: 2 },
  { name: 'n_units_1', agent: 'NAS', of: 6 },
  { name: 'n_units_2', agent: 'NAS', of: 6 },
];

/** FCNet: the reward falls with the logarithm of the error, from 1 at the best mean to 0 at the 0.9 quantile. */
function fcNet(name: 'naval' | 'protein'): StudyTable {
  const rows = readRows(fcNetFiles[name], fcNetDigits, 4).map((errors) =>
    errors.map((mse) => Math.log10(mse)),
  );
  const means = rows.map(meanOf);
  const low = Math.min(...sampleEnds(means));
  const high = quantileOf(means, 0.9);
  const scale = (y: number): number => clip((high - y) / (high - low));
  return seeded(name, ['REG', 'NAS', 'HPO'], fcNetDigits, rows, means, scale);
}

const hpoBenchDigits: readonly Digit[] = [
  { name: 'alpha', agent: 'REG', of: 10 },
  { name: 'batch_size', agent: 'HPO', of: 10 },
  { name: 'depth', agent: 'NAS', of: 3 },
  { name: 'learning_rate_init', agent: 'HPO', of: 10 },
  { name: 'width', agent: 'NAS', of: 10 },
];

/** HPOBench's networks: the reward rises with the score, from 0 at the 0.1 quantile to 1 at the best mean. */
function hpoBench(name: 'phoneme' | 'car' | 'vehicle'): StudyTable {
  const rows = readRows(`nn_${name}`, hpoBenchDigits, 5);
  const means = rows.map(meanOf);
  const high = Math.max(...sampleEnds(means));
  const low = quantileOf(means, 0.1);
  const scale = (y: number): number => clip((y - low) / (high - low));
  return seeded(name, ['REG', 'NAS', 'HPO'], hpoBenchDigits, rows, means, scale);
}

/** An evaluation draws one of the trainings of a pipeline. */
function seeded(
  name: string,
  agents: readonly string[],
  digits: readonly Digit[],
  rows: readonly (readonly number[])[],
  means: readonly number[],
  scale: (y: number) => number,
): StudyTable {
  return {
    name,
    agents,
    digits,
    view: viewOf(digits),
    truth: Float64Array.from(means, scale),
    costs: noCosts,
    evaluate(place, rng) {
      const row = rows[place] ?? [];
      return scale(row[new RandomStream(rng).below(row.length)] ?? NaN);
    },
  };
}

/** The main effects of three agents alone, rescaled to [0, 1], with Gaussian noise of deviation 0.02. */
function additive(name: string, from: StudyTable): StudyTable {
  const { digits, agents, truth } = from;
  const grand = meanOf(truth);
  const sums = new Float64Array(truth.length).fill(grand);
  for (const agent of agents) {
    const keys = Int32Array.from(truth, (_, place) => jointOption(digits, agent, place));
    const size = 1 + keys.reduce((most, key) => Math.max(most, key), 0);
    const totals = new Float64Array(size);
    const counts = new Float64Array(size);
    for (const [place, key] of keys.entries()) {
      totals[key] = (totals[key] ?? 0) + (truth[place] ?? 0);
      counts[key] = (counts[key] ?? 0) + 1;
    }
    for (const [place, key] of keys.entries())
      sums[place] = (sums[place] ?? 0) + (totals[key] ?? 0) / (counts[key] ?? 1) - grand;
  }
  const low = sums.reduce((least, value) => Math.min(least, value), Infinity);
  const high = sums.reduce((most, value) => Math.max(most, value), -Infinity);
  const scaled = sums.map((value) => (value - low) / (high - low));
  return {
    ...from,
    name,
    truth: scaled,
    evaluate: (place, rng) => clip((scaled[place] ?? NaN) + 0.02 * normal(new RandomStream(rng))),
  };
}

/** One normal deviate (Box and Muller). */
function normal(source: RandomStream): number {
  return Math.sqrt(-2 * Math.log(1 - source.unit())) * Math.cos(2 * Math.PI * source.unit());
}

/** Which joint option of an agent a pipeline has. */
function jointOption(digits: readonly Digit[], agent: string, place: number): number {
  const options = optionsOf(digits, place);
  return digits.reduce(
    (key, digit, at) => (digit.agent === agent ? key * digit.of + (options[at] ?? 0) : key),
    0,
  );
}

const jahsDigits: readonly Digit[] = [
  ...[1, 2, 3, 4, 5, 6].map((edge) => ({ name: `Op${edge}`, agent: 'NAS', of: 5 })),
  { name: 'N', agent: 'NAS', of: 3 },
  { name: 'W', agent: 'NAS', of: 3 },
  { name: 'Resolution', agent: 'NAS', of: 3 },
  { name: 'Activation', agent: 'NAS', of: 3 },
  { name: 'TrivialAugment', agent: 'AUG', of: 2 },
  { name: 'LearningRate', agent: 'HPO', of: 6 },
  { name: 'WeightDecay', agent: 'HPO', of: 6 },
];

/**
 * JAHS-Bench-201 on CIFAR-10 at epoch 200. It has too many pipelines for a list, so a surrogate predicts them one by
 * one, without noise.
 */
function jahs(): StudyTable {
  const file = path.join(tableFolder(), 'jahs_cifar10_surrogate.json.gz');
  const trees = TableTrees.parse(file, gunzipSync(readFileSync(file)).toString('utf8'));
  const grid = (low: number, high: number, option: number): number =>
    Math.exp(Math.log(low) + (option / 5) * (Math.log(high) - Math.log(low)));
  const vectorOf = (place: number): Float32Array => {
    const options = optionsOf(jahsDigits, place);
    const at = (digit: number): number => options[digit] ?? 0;
    const operations = Object.fromEntries([0, 1, 2, 3, 4, 5].map((edge) => [`Op${edge + 1}`, at(edge)]));
    return trees.vector({
      ...operations,
      N: [1, 3, 5][at(6)] ?? 1,
      W: [4, 8, 16][at(7)] ?? 4,
      Resolution: [0.25, 0.5, 1][at(8)] ?? 1,
      Activation: ['ReLU', 'Hardswish', 'Mish'][at(9)] ?? 'ReLU',
      TrivialAugment: at(10) === 1,
      LearningRate: grid(1e-3, 1, at(11)),
      WeightDecay: grid(1e-5, 1e-2, at(12)),
      Optimizer: 'SGD',
      epoch: 200,
    });
  };
  return {
    name: 'jahs',
    agents: ['AUG', 'NAS', 'HPO'],
    digits: jahsDigits,
    view: viewOf(jahsDigits),
    truth: new Float64Array(0),
    evaluate: (place) => clip(trees.predict('valid-acc', vectorOf(place)) / 100),
    costs: (place) => {
      const vector = vectorOf(place);
      return { sizeMegabytes: trees.predict('size_MB', vector), latency: trees.predict('latency', vector) };
    },
  };
}

const macroDigits: readonly Digit[] = Array.from({ length: 8 }, (_, layer) => ({
  name: `layer${layer}`,
  agent: `layer${layer}`,
  of: 3,
}));

/** NAS-Bench-Macro: eight layers of three kinds, an agent each; the reward is the accuracy, the cost multiply-adds. */
function macro(): StudyTable {
  const name = path.join(tableFolder('nas'), 'nas_bench_macro.csv.gz');
  const [head = '', ...lines] = gunzipSync(readFileSync(name)).toString('utf8').trim().split('\n');
  if (head !== 'arch,acc_s0,acc_s1,acc_s2,mean_acc,params,flops' || lines.length !== 3 ** macroDigits.length)
    throw new Error(`The table ${name} has another format: ${lines.length} rows of ${head}`);
  const rows = new Array<readonly number[]>(lines.length);
  const flops = new Float64Array(lines.length);
  for (const line of lines) {
    const [id = '', ...cells] = line.split(',');
    const place = placeOf(macroDigits, [...id].map(Number));
    rows[place] = cells.slice(0, 3).map((cell) => Number(cell) / 100);
    flops[place] = Number(cells[5]);
  }
  const agents = macroDigits.map(({ agent }) => agent);
  const table = seeded('macro', agents, macroDigits, rows, rows.map(meanOf), (accuracy) => accuracy);
  return { ...table, costs: (place) => ({ flops: flops[place] ?? NaN }) };
}

function viewOf(digits: readonly Digit[]): View {
  return view(
    object(
      Object.fromEntries(
        digits.map(({ name, agent, of }) => {
          const options = Array.from({ length: of }, (_, option) => option);
          const [first = 0, ...others] = options;
          return [name, oneOf([first, ...others], { tags: [agent] })];
        }),
      ),
    ),
  );
}

/** The index of a pipeline. */
export function placeOf(digits: readonly Digit[], options: readonly number[]): number {
  return digits.reduce((place, { of }, at) => place * of + (options[at] ?? 0), 0);
}

/** The options of the pipeline with an index. */
export function optionsOf(digits: readonly Digit[], place: number): readonly number[] {
  const options = new Array<number>(digits.length).fill(0);
  let rest = place;
  for (let at = digits.length - 1; at >= 0; at -= 1) {
    const of = digits[at]?.of ?? 1;
    options[at] = rest % of;
    rest = Math.floor(rest / of);
  }
  return options;
}

/** The measurements of every pipeline of a full grid, in the order of their indices. */
function readRows(file: string, digits: readonly Digit[], seeds: number): readonly (readonly number[])[] {
  const name = path.join(tableFolder(), `${file}.csv.gz`);
  const [, ...lines] = gunzipSync(readFileSync(name)).toString('utf8').trim().split('\n');
  const size = digits.reduce((product, { of }) => product * of, 1);
  const rows = new Array<readonly number[]>(size);
  for (const line of lines) {
    const [id = '', ...cells] = line.split(',');
    const values = cells.map(Number);
    if (id.length !== digits.length || values.length !== seeds || !values.every(Number.isFinite))
      throw new Error(`The table ${name} has a row of another format: ${line}`);
    rows[placeOf(digits, [...id].map(Number))] = values;
  }
  if (lines.length !== size) throw new Error(`The table ${name} has ${lines.length} rows, not ${size}.`);
  return rows;
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += values[at] ?? 0;
  return sum / values.length;
}

/** Smallest and largest of many numbers. */
function sampleEnds(values: readonly number[]): readonly [number, number] {
  return values.reduce<readonly [number, number]>(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity],
  );
}

/** A quantile, linear between neighbours. */
function quantileOf(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? NaN;
  return low + (position - below) * ((sorted[below + 1] ?? low) - low);
}

function clip(value: number): number {
  return value > 1 ? 1 : value > 0 ? value : 0;
}

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { dcos, dlog, RandomStream, type Rng } from '../../foundation/numbers/index.js';
import {
  nasBench201Cell,
  nasBench201Operations,
  nasBenchMacro,
  type Genome,
  type Space,
} from '../../search-spaces/index.js';
import { parseNasBench201Cell } from '../../networks/builders/index.js';
import { sharedPlace } from '../../test/support/shared.js';

export type TableName = 'macro' | 'nb201';

/** A space all of whose networks were trained, in per cent of test accuracy. */
export interface AccuracyTable {
  readonly space: Space;
  /** The mean that the batches of a policy have to reach. */
  readonly target: number;
  /** Mean accuracy of an architecture over its trainings. */
  readonly accuracyOf: (genome: Genome) => number;
  /** The accuracy 0 … 1 of one training, drawn, with the noise of a validation batch. */
  readonly rewardOf: (genome: Genome, rng: Rng) => number;
}

/** Standard deviation of the accuracy on 128 images of a network that is right on about 95 in 100. */
const noise = 0.02;

const tables = new Map<TableName, AccuracyTable>();

/** A table, read once. */
export function accuracyTable(name: TableName): AccuracyTable {
  const known = tables.get(name);
  if (known !== undefined) return known;
  const table = name === 'macro' ? macroTable() : cellTable();
  tables.set(name, table);
  return table;
}

function macroTable(): AccuracyTable {
  const byKey = new Map<string, readonly number[]>();
  for (const row of rowsOf('nas_bench_macro.csv.gz', ['arch', 'acc_s0', 'acc_s1', 'acc_s2'])) {
    const [arch = '', ...accuracies] = row;
    byKey.set([...arch].join(), accuracies.map(Number));
  }
  return tableOf(nasBenchMacro, 91, byKey, byKey);
}

function cellTable(): AccuracyTable {
  const rewards = new Map<string, readonly number[]>();
  const accuracies = new Map<string, readonly number[]>();
  for (const [arch = '', validation = '', test = ''] of rowsOf('nb201.csv.gz', [
    ...['arch', 'c10_val200', 'c10_test200'],
  ])) {
    const cell = parseNasBench201Cell(arch);
    const key = cell.map((operation) => nasBench201Operations.indexOf(operation)).join();
    rewards.set(key, [Number(validation)]);
    accuracies.set(key, [Number(test)]);
  }
  return tableOf(nasBench201Cell, 93, accuracies, rewards);
}

function tableOf(
  space: Space,
  target: number,
  accuracies: ReadonlyMap<string, readonly number[]>,
  rewards: ReadonlyMap<string, readonly number[]>,
): AccuracyTable {
  const found = (of: ReadonlyMap<string, readonly number[]>, genome: Genome): readonly number[] => {
    const values = of.get(genome.join());
    if (values === undefined) throw new Error(`The table has no architecture [${genome.join(', ')}].`);
    return values;
  };
  return {
    space,
    target,
    accuracyOf(genome) {
      const values = found(accuracies, genome);
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    },
    rewardOf(genome, rng) {
      const values = found(rewards, genome);
      const source = new RandomStream(rng);
      const accuracy = (values[source.below(values.length)] ?? 0) / 100;
      return Math.min(1, Math.max(0, accuracy + noise * normal(source)));
    },
  };
}

/** A draw of the standard normal distribution (Box and Muller, 1958). */
function normal(source: RandomStream): number {
  const size = Math.sqrt(-2 * dlog(1 - source.unit()));
  return size * dcos(2 * Math.PI * source.unit());
}

function* rowsOf(file: string, columns: readonly string[]): Generator<readonly string[]> {
  const from = path.join(sharedPlace(), 'benchmarks', 'nas', file);
  if (!existsSync(from)) throw new Error(`There is no ${from}: name the shared folder by DURAMEN_SHARED.`);
  const [head = '', ...lines] = gunzipSync(readFileSync(from)).toString('utf8').trimEnd().split('\n');
  const names = head.split(',');
  const places = columns.map((column) => names.indexOf(column));
  for (const line of lines) {
    const fields = line.split(',');
    yield places.map((place) => fields[place] ?? '');
  }
}

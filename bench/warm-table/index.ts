import path from 'node:path';
import { shippedProbes } from '../../algorithms/contract/index.js';
import { taskDistance } from '../../algorithms/warm-start/index.js';
import { isPlainObject } from '../../foundation/json/index.js';
import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import { decode } from '../../search-spaces/index.js';
import { splitData, trainClassifier, type DataSet } from '../../training/index.js';
import { embedTask, shippedProbe } from '../../training/task-embedding/index.js';
import { readCount } from '../count-option.js';
import { smallOperations } from '../warm-darts/small-network.js';
import { tableCell, tableNetwork } from './table-cell.js';
import { TableRows } from './table-rows.js';
import { tableTasks, taskImages } from './table-tasks.js';
import { transferRegret, type TargetRegret } from './transfer-regret.js';

/**
 * A small exhaustive table: all 125 cells of three edges and five operations, each trained on eight tasks of four families
 * with several seeds, and what it says of similarity: the rank correlation of Task2Vec distances with the true regret of
 * transferring a task's best cell, and the regret of the nearest, the best and the mean source. One JSON line for each
 * task and one for all. `--seeds N` (3), `--cells N` (125), `--table FILE` (test-output/warm-table.csv), in which a sweep
 * that was stopped goes on, `--report`: trains nothing; `--quick`: 5 cells, 1 seed. The whole sweep takes some hours.
 */
export async function run(benchArguments: readonly string[]): Promise<number> {
  const isQuick = benchArguments.includes('--quick');
  const seeds = readCount(benchArguments, '--seeds', isQuick ? 1 : 3, 1);
  const count = readCount(benchArguments, '--cells', isQuick ? 5 : 125, 1);
  const at = benchArguments.indexOf('--table');
  const file = at === -1 ? undefined : benchArguments[at + 1];
  const rows = new TableRows(path.resolve(file ?? 'test-output/warm-table.csv'));
  const options = smallOperations.map((_name, option) => option);
  const cells = options.flatMap((a) => options.flatMap((b) => options.map((c) => [a, b, c] as const)));
  // Evenly spread where there are fewer than all.
  const part = (place: number): number => Math.floor((place * count) / cells.length);
  const chosen = cells.filter((_cell, place) => part(place) !== part(place - 1));
  const opened: { readonly name: string; readonly data: DataSet }[] = [];
  for (const { name, open } of tableTasks) opened.push({ name, data: await open() });
  if (!benchArguments.includes('--report')) {
    for (let seed = 1; seed <= seeds; seed++) {
      for (const { name, data } of opened) await sweep(rows, name, data, chosen, seed);
    }
  }
  await report(rows, opened);
  return 0;
}

async function sweep(
  rows: TableRows,
  task: string,
  data: DataSet,
  cells: readonly (readonly number[])[],
  seed: number,
): Promise<void> {
  const done = new Set(rows.all().map((row) => `${row.task} ${row.cell} ${row.seed}`));
  const began = performance.now();
  for (const genome of cells) {
    const cell = genome.join('');
    if (done.has(`${task} ${cell} ${seed}`)) continue;
    rows.add({ task, cell, seed, ...(await trained(task, data, genome, seed)) });
  }
  console.error(`${task}, seed ${seed}: ${((performance.now() - began) / 1_000).toFixed(1)} s`);
}

/** A cell trained alone: 15 epochs of 512 images, tested on 1,000. */
async function trained(
  task: string,
  data: DataSet,
  genome: readonly number[],
  seed: number,
): Promise<{ readonly accuracy: number; readonly weights: string }> {
  let weights = '';
  const evaluate = trainClassifier({
    dataset: data,
    ...{ trainingExamples: taskImages.training, validationExamples: taskImages.validation, batchSize: 64 },
    ...{ epochs: 15, learningRate: 0.05, schedule: 'cosine', momentum: 0.9, nesterov: false },
    ...{ weightDecay: 3e-4, clipNorm: 5, test: true },
    network: (parameters) => tableNetwork(data, parameters),
  });
  const result = await evaluate(decode(tableCell, genome), {
    seed: fork(rngFromSeed(seed), `${task} ${genome.join('')}`)
      .key.map((word) => word.toString(16).padStart(8, '0'))
      .join(''),
    signal: new AbortController().signal,
    context: {},
    report: () => undefined,
    shouldStop: () => false,
    checkpoint: { save: () => Promise.resolve(), latest: () => Promise.resolve(null) },
    setAttribute: (_key, value) => {
      const found = isPlainObject(value) ? value['weights'] : undefined;
      if (typeof found === 'string') weights = found;
    },
    saveArtifact: () => Promise.reject(new Error('Nothing is kept.')),
  });
  return { accuracy: result.testAccuracy ?? Number.NaN, weights };
}

async function report(
  rows: TableRows,
  opened: readonly { readonly name: string; readonly data: DataSet }[],
): Promise<void> {
  const embeddings = new Map<string, readonly number[]>();
  const { signal } = new AbortController();
  for (const { name, data } of opened) {
    const { training, validation } = taskImages;
    // As a search of these images would split and embed them.
    const split = splitData(data, { training, validation }, fork(rngFromSeed(0), 'split'));
    const probe = shippedProbe(shippedProbes.small.hash);
    const { embedding } = await embedTask(probe, data, split, rngFromSeed('task embedding'), signal);
    embeddings.set(name, embedding);
  }
  const { targets, ...all } = transferRegret(rows.all(), (target, source) =>
    taskDistance(embeddings.get(target) ?? [], embeddings.get(source) ?? []),
  );
  for (const target of targets) console.log(JSON.stringify({ bench: 'warm-table', ...target }));
  const meanOf = (read: (target: TargetRegret) => number): number =>
    targets.reduce((sum, target) => sum + read(target) / targets.length, 0);
  console.log(
    JSON.stringify({
      ...{ bench: 'warm-table', rows: rows.all().length, ...all },
      nearest: meanOf(({ nearest }) => nearest),
      oracle: meanOf(({ oracle }) => oracle),
      meanSource: meanOf(({ meanSource }) => meanSource),
      bestOfOthers: meanOf(({ bestOfOthers }) => bestOfOthers),
      random: meanOf(({ random }) => random),
    }),
  );
}

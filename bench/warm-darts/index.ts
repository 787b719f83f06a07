import path from 'node:path';
import { RandomStream, fork, rngFromSeed } from '../../foundation/numbers/index.js';
import { sample, view } from '../../search-spaces/index.js';
import type { DataSet } from '../../training/index.js';
import { readCount } from '../count-option.js';
import { arms, coldEpochs, type Arm } from './arm.js';
import { CellResults, type CellResult } from './cell-results.js';
import { families, generatedTask, type Family } from './generated-tasks.js';
import { meanOf, pairedDifference } from './paired-differences.js';
import { trainShippedProbes } from './probe-recipe.js';
import { smallCell } from './small-network.js';
import {
  searchExamples,
  smallSearch,
  trainedAlone,
  validationExamples,
  type SmallSearch,
} from './small-search.js';

interface Task {
  readonly name: string;
  readonly family: Family;
  readonly similar: string;
  readonly dissimilar: string;
}

const testExamples = 1_000;
const variants = ['1', '2'];

/**
 * Warm-started searches on six small generated tasks: all arms of arm.ts for each seed, the architecture of each trained
 * alone and tested. One JSON line for each arm, with the difference to the cold search of 20 epochs in points of test
 * accuracy, paired by task and seed, and a line for each task. `--seeds N` (8), `--first N` (1): the first seed,
 * `--results FOLDER` (test-output/warm-darts), in which a bench that was stopped goes on, `--report`: measures nothing new;
 * `--probes`: trains the shipped probes anew instead and compares them.
 */
export async function run(benchArguments: readonly string[]): Promise<number> {
  if (benchArguments.includes('--probes')) return (await trainShippedProbes()) ? 0 : 1;
  const first = readCount(benchArguments, '--first', 1, 1);
  const seeds = readCount(benchArguments, '--seeds', 8, 1);
  const results = new CellResults(
    path.resolve(textAfter(benchArguments, '--results') ?? 'test-output/warm-darts'),
  );
  const tasks = tasksOf();
  if (!benchArguments.includes('--report')) {
    for (let seed = first; seed < first + seeds; seed++) {
      for (const arm of arms) {
        for (const task of tasks) {
          const isDone = results
            .all()
            .some((one) => one.arm === arm.name && one.task === task.name && one.seed === seed);
          if (!isDone) results.add(await measured(arm, task, tasks, seed, results));
        }
      }
    }
  }
  report(results.all());
  return 0;
}

function tasksOf(): readonly Task[] {
  return families.flatMap((family, place) =>
    variants.map((variant, own) => ({
      ...{ name: `${family}-${variant}`, family },
      similar: `${family}-${variants[1 - own] ?? ''}`,
      dissimilar: `${families[(place + 1) % families.length] ?? family}-${variant}`,
    })),
  );
}

/** A task of one seed: each seed has variants of its own. */
function dataOf({ name, family }: Task, seed: number): DataSet {
  const variant = `${name.slice(family.length + 1)}-${seed}`;
  const own = searchExamples + validationExamples;
  const data = generatedTask({ family, variant, examples: own + testExamples });
  return { ...data, testFrom: own };
}

async function measured(
  arm: Arm,
  task: Task,
  tasks: readonly Task[],
  seed: number,
  results: CellResults,
): Promise<CellResult> {
  const data = dataOf(task, seed);
  const found = await searched(arm, task, tasks, data, seed, results);
  // The same seed of training for all arms of a task and a seed.
  const accuracy = await trainedAlone(data, found.genome, seed);
  const { genome, evaluations, seconds, note } = found;
  const result = {
    arm: arm.name,
    task: task.name,
    family: task.family,
    seed,
    accuracy,
    evaluations,
    seconds,
    genome,
    note,
  };
  console.error(
    `${arm.name}, ${task.name}, seed ${seed}: ${accuracy.toFixed(3)} after ${seconds.toFixed(1)} s`,
  );
  return result;
}

async function searched(
  arm: Arm,
  { name, similar, dissimilar }: Task,
  tasks: readonly Task[],
  data: DataSet,
  seed: number,
  results: CellResults,
): Promise<Pick<SmallSearch, 'genome' | 'evaluations' | 'seconds' | 'note'>> {
  const nothing = { evaluations: 0, seconds: 0, note: '' };
  switch (arm.kind) {
    case 'cold': {
      const search = await smallSearch(data, seed, arm.epochs, {
        records: [],
        weights: new Map(),
        options: {},
      });
      if (arm.epochs === coldEpochs) results.saveRecord(name, seed, search.record, search.weights);
      return search;
    }
    case 'warm': {
      const { source, options } = arm;
      const sources =
        source === 'all' ? tasks.map((task) => task.name) : [source === 'similar' ? similar : dissimilar];
      const records = sources.map((one) => results.record(one, seed));
      const weights = new Map(records.map(({ named, weights: own }) => [named.record.weights ?? '', own]));
      return smallSearch(data, seed, coldEpochs, {
        records: records.map(({ named }) => named),
        weights,
        options,
      });
    }
    case 'genotype':
      return { ...nothing, genome: results.record(similar, seed).named.record.genotype };
    case 'random': {
      const rng = fork(rngFromSeed(seed), `random:${name}`);
      return { ...nothing, genome: sample(view(smallCell), new RandomStream(rng)) };
    }
    default:
      return arm satisfies never;
  }
}

function report(results: readonly CellResult[]): void {
  const base = 'cold20';
  for (const { name } of arms) {
    const own = results.filter(({ arm }) => arm === name);
    if (own.length === 0) continue;
    // Savings per task, then their mean.
    const shares = own.flatMap((one) => {
      const cold = results.find(
        ({ arm, task, seed }) => arm === base && task === one.task && seed === one.seed,
      );
      return cold === undefined
        ? []
        : [{ evaluations: one.evaluations / cold.evaluations, seconds: one.seconds / cold.seconds }];
    });
    console.log(
      JSON.stringify({
        ...{
          bench: 'warm-darts',
          arm: name,
          cells: own.length,
          accuracy: meanOf(own.map(({ accuracy }) => accuracy)),
        },
        evaluations: meanOf(shares.map(({ evaluations }) => evaluations)),
        seconds: meanOf(shares.map(({ seconds }) => seconds)),
        difference: pairedDifference(results, name, base, families),
        gratings: pairedDifference(results, name, base, ['grating']),
      }),
    );
  }
  for (const [arm, other] of [
    ['alpha+weights similar', 'alpha+weights dissimilar'],
    ['alpha+weights similar', 'cold8'],
    ['alpha+weights similar', 'genotype similar'],
    ['mask similar', 'mask dissimilar'],
    ['auto', 'alpha+weights similar'],
  ] as const) {
    console.log(
      JSON.stringify({
        bench: 'warm-darts',
        arm,
        against: other,
        ...pairedDifference(results, arm, other, families),
      }),
    );
  }
  for (const task of new Set(results.map((one) => one.task))) {
    const accuracies = arms.map(({ name }) => {
      const own = results.filter((one) => one.arm === name && one.task === task);
      return [name, meanOf(own.map(({ accuracy }) => accuracy))] as const;
    });
    console.log(JSON.stringify({ bench: 'warm-darts', task, accuracy: Object.fromEntries(accuracies) }));
  }
  const chosen = results.filter(({ arm }) => arm === 'auto');
  const right = chosen.filter(
    ({ note, family }) => note.includes(`from record`) && note.includes(`(${family}-`),
  );
  const cold = chosen.filter(({ note }) => note.includes('cold'));
  console.log(
    JSON.stringify({
      bench: 'warm-darts',
      auto: chosen.length,
      rightFamily: right.length,
      cold: cold.length,
    }),
  );
}

function textAfter(benchArguments: readonly string[], option: string): string | undefined {
  const at = benchArguments.indexOf(option);
  return at === -1 ? undefined : benchArguments[at + 1];
}

import os from 'node:os';
import { trainingProcessEnvironment } from '../../training/index.js';
import { readCount } from '../count-option.js';
import { difference, estimate, figure, type Estimate } from '../ma2ml/summary.js';
import { readResultsFile, serveTasks, TaskPool } from '../ma2ml/task-pool.js';
import { writePage, type ArmSummary } from './page.js';
import { armNames, bestOf, searchPipelines, type ArmName } from './pipeline-search.js';
import { dataNames, runTraining } from './training-task.js';
import type { DataName, TrainingResult, TrainingTask } from './training-task.js';

/** Fewer seeds or trials are a trial of the bench, which writes no page. */
const least = { seeds: 5, trials: 64 } as const;

/** What one search has found. */
interface Found {
  /** Best validation accuracy after each number of pipelines. */
  readonly best: readonly number[];
  readonly lastRound: number;
  readonly full: TrainingResult;
}

/**
 * MA2ML against MA2ML-Lite, regularised evolution and random search at an equal number of real trainings: one JSON line
 * an arm, means with standard errors over seeds, and the figures of docs/ma2ml.md. It has no bar.
 * `--seeds N` (5), `--trials N` (64), `--data mnist|fashion-mnist` (the latter), `--processes N` (all cores);
 * `--results FILE` keeps finished trainings: a bench that was stopped goes on from there.
 */
export async function run(benchArguments: readonly string[]): Promise<void> {
  if (benchArguments.includes('--worker')) return serveTasks(runTraining);
  const seeds = readCount(benchArguments, '--seeds', least.seeds, 1);
  const trials = readCount(benchArguments, '--trials', least.trials, 8);
  const processes = readCount(benchArguments, '--processes', os.availableParallelism(), 1);
  const data = readData(benchArguments);
  const pool = new TaskPool<TrainingTask, TrainingResult>(
    'ma2ml-training',
    processes,
    readResultsFile(benchArguments),
    trainingProcessEnvironment,
  );
  try {
    const search = async (arm: ArmName, seed: number): Promise<Found> => {
      const evaluated = await searchPipelines(arm, seed, trials, async (pipeline) => {
        const { validation } = await pool.run({ data, pipeline, seed, length: 'search' });
        return validation;
      });
      const { pipeline } = bestOf(evaluated, trials);
      return {
        best: evaluated.map((_one, i) => bestOf(evaluated, i + 1).reward),
        lastRound: estimate(evaluated.slice(-8).map(({ reward }) => reward)).mean,
        full: await pool.run({ data, pipeline, seed, length: 'full' }),
      };
    };
    // Seed by seed, so that a bench that is stopped has whole seeds of all arms.
    const found = new Map<ArmName, Found[]>(armNames.map((arm) => [arm, []]));
    for (let seed = 0; seed < seeds; seed += 1) {
      const all = await Promise.all(armNames.map((arm) => search(arm, seed)));
      armNames.forEach((arm, i) => found.get(arm)?.push(...all.slice(i, i + 1)));
    }
    const summaries = armNames.map((arm) => summaryOf(arm, found, trials));
    for (const { arm, bestSoFar, ahead, ...others } of summaries) {
      const figures = (of: object): object =>
        Object.fromEntries(Object.entries(of).map(([name, one]: [string, Estimate]) => [name, figure(one)]));
      console.log(
        JSON.stringify({
          bench: 'ma2ml-training',
          ...{ arm, data, seeds, trials, bestSoFar: figures(bestSoFar), ...figures(others) },
          ma2mlAhead: ahead === null ? null : figures(ahead),
        }),
      );
    }
    const setting = `${data}, ${seeds} seeds, ${trials} pipelines a search; accuracies in per cent:`;
    if (seeds >= least.seeds && trials >= least.trials) writePage(summaries, setting);
  } finally {
    pool.close();
  }
}

function summaryOf(arm: ArmName, all: ReadonlyMap<ArmName, readonly Found[]>, trials: number): ArmSummary {
  const own = all.get(arm) ?? [];
  const ours = all.get('ma2ml') ?? [];
  const bestAt = (found: readonly Found[], moment: number): readonly number[] =>
    found.map(({ best }) => best[moment - 1] ?? NaN);
  const testOf = (found: readonly Found[]): readonly number[] => found.map(({ full }) => full.test ?? NaN);
  const moments = [...new Set([8, 16, 32, 64, trials])].filter((moment) => moment <= trials);
  return {
    arm,
    bestSoFar: Object.fromEntries(moments.map((moment) => [moment, estimate(bestAt(own, moment))])),
    lastRound: estimate(own.map(({ lastRound }) => lastRound)),
    fullValidation: estimate(own.map(({ full }) => full.validation)),
    test: estimate(testOf(own)),
    ahead:
      arm === 'ma2ml'
        ? null
        : {
            best: difference(bestAt(ours, trials), bestAt(own, trials)),
            test: difference(testOf(ours), testOf(own)),
          },
  };
}

function readData(benchArguments: readonly string[]): DataName {
  const at = benchArguments.indexOf('--data');
  if (at === -1) return 'fashion-mnist';
  const name = dataNames.find((one) => one === benchArguments[at + 1]);
  if (name === undefined) throw new Error(`--data takes ${dataNames.join(' or ')}.`);
  return name;
}

import os from 'node:os';
import { readCount } from '../count-option.js';
import { runCostTask, type CostResult, type CostTask } from './cost-study.js';
import { Experiments, type Line } from './experiments.js';
import { writePage } from './page.js';
import { runTask, type Task, type TaskResult } from './study.js';
import { readResultsFile, serveTasks, TaskPool } from './task-pool.js';
import { timeUpdates } from './update-time.js';

const updateBarMilliseconds = 150;
/** With fewer seeds no bar is judged. */
const leastSeeds = 40;
const leastCostSeeds = 10;

const studies = {
  E1: (experiments: Experiments) => experiments.jointBeatsSeparate(),
  E2: (experiments: Experiments) => experiments.credit(),
  E3: (experiments: Experiments) => experiments.offPolicy(),
  E4: (experiments: Experiments) => experiments.divergence(),
  control: (experiments: Experiments) => experiments.negativeControl(),
  E5: (experiments: Experiments) => experiments.transfer(),
  E6: (experiments: Experiments) => experiments.surrogate(),
  costs: (experiments: Experiments) => experiments.costs(),
  screening: (experiments: Experiments) => experiments.screening(),
} as const;
type StudyName = keyof typeof studies;

/**
 * MA2ML and its ablations on tables of real trainings: one JSON line for each experiment with its figures, means with
 * standard errors, and whether its bar is passed; writes the plot and the figures of docs/ma2ml.md.
 * `--quick`: few seeds, no bars, nothing written. `--seeds N` (40), `--processes N` (all cores), `--results FILE` keeps
 * finished searches: a bench that was stopped goes on from there. `--only NAMES`: some of the experiments, such as
 * `E1,costs`; then nothing is written.
 */
export async function run(benchArguments: readonly string[]): Promise<void> {
  if (benchArguments.includes('--worker')) return serveTasks(runAny);
  const quick = benchArguments.includes('--quick');
  const agents = readCount(benchArguments, '--seeds', quick ? 3 : 40, 2);
  const seeds = {
    agents,
    parts: quick ? 30 : Math.max(200, 5 * agents),
    reported: quick ? 2 : Math.min(15, agents),
    costs: quick ? 2 : agents,
  };
  const chosen = readNames(benchArguments);
  const processes = readCount(benchArguments, '--processes', os.availableParallelism(), 1);
  const print = (line: object): void => {
    console.log(JSON.stringify({ bench: 'ma2ml', ...line }));
  };

  const update = timeUpdates(quick ? 10 : 40);
  const passed = (update['medianMilliseconds'] ?? Infinity) <= updateBarMilliseconds;
  print({
    experiment: 'update',
    claim: 'an agent update of default sizes',
    ...update,
    passed: quick ? null : passed,
  });

  const pool = new StudyPool('ma2ml', processes, readResultsFile(benchArguments));
  try {
    const experiments = new Experiments(pool, seeds);
    // All start at once, so that no process waits for the last search of an experiment.
    const running = chosen.map((name) => studies[name](experiments));
    const failed = Promise.all(running);
    const lines: Line[] = [];
    for (const experiment of running) {
      const found = await Promise.race([experiment, failed.then(() => experiment)]);
      const judged = found.experiment === 'costs' ? seeds.costs >= leastCostSeeds : agents >= leastSeeds;
      const line = { ...found, passed: judged ? found.passed : null };
      lines.push(line);
      print({ ...line, seeds });
    }
    if (!quick && chosen.length === Object.keys(studies).length) await writePage(experiments, lines);
  } finally {
    pool.close();
  }
}

function readNames(benchArguments: readonly string[]): readonly StudyName[] {
  const all = Object.keys(studies) as StudyName[];
  const at = benchArguments.indexOf('--only');
  if (at === -1) return all;
  const names = (benchArguments[at + 1] ?? '').split(',');
  return names.map((name) => {
    const found = all.find((one) => one === name);
    if (found === undefined) throw new Error(`There is no experiment "${name}": ${all.join(', ')}.`);
    return found;
  });
}

type AnyTask = Task | CostTask;
type AnyResult = TaskResult | CostResult;

function runAny(task: AnyTask): AnyResult {
  return 'kind' in task ? runCostTask(task) : runTask(task);
}

/** Each kind of task has its kind of result. */
class StudyPool extends TaskPool<AnyTask, AnyResult> {
  override run(task: Task): Promise<TaskResult>;
  override run(task: CostTask): Promise<CostResult>;
  override run(task: AnyTask): Promise<AnyResult>;
  override run(task: AnyTask): Promise<AnyResult> {
    return super.run(task);
  }
}

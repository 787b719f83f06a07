import { trainingProcessEnvironment } from '../../training/index.js';
import { readCount } from '../count-option.js';
import { readResultsFile, serveTasks, TaskPool } from '../ma2ml/task-pool.js';
import { Experiments } from './experiments.js';
import { readParts, reportOf } from './report.js';
import { shown, verdictsOf } from './outcome.js';
import { writePage } from './page.js';
import { fullSetting, quickSetting } from './setting.js';
import { availableData } from './small-images.js';
import { TaskRunner } from './task.js';
import type { Task, TaskResult } from './task.js';

/**
 * ENAS with shared weights on small images (`enas.md` §10): what its controllers gain in shared reward over uniform
 * architectures, and whether the shared weights say anything of architectures that are trained alone. JSON lines; without
 * `--quick` the figures and the plot of docs/enas-experiment.md. `--seeds N` (5), `--processes N` (1), `--results FILE`
 * keeps finished trainings, `--only bars,ranking,sweep,policy,alone`. Answers 1 when a bar is missed.
 */
export async function run(benchArguments: readonly string[]): Promise<number | undefined> {
  if (benchArguments.includes('--worker')) {
    const runner = new TaskRunner();
    await serveTasks((task: Task) => runner.run(task));
    return undefined;
  }
  const quick = benchArguments.includes('--quick');
  const seeds = readCount(benchArguments, '--seeds', quick ? 2 : 5, 2);
  const processes = readCount(benchArguments, '--processes', 1, 1);
  const only = readParts(benchArguments);
  const setting = { ...(quick ? quickSetting : fullSetting), data: await availableData() };
  const pool = new TaskPool<Task, TaskResult>(
    'enas',
    processes,
    readResultsFile(benchArguments),
    trainingProcessEnvironment,
  );
  const experiments = new Experiments(
    {
      shared: async (task) => {
        const result = await pool.run(task);
        return 'arms' in result ? result : refuse(task);
      },
      alone: async (task) => {
        const result = await pool.run(task);
        return 'test' in result ? result : refuse(task);
      },
      length: async (task) => {
        const result = await pool.run(task);
        return 'shared' in result ? result : refuse(task);
      },
    },
    setting,
    seeds,
  );
  try {
    const report = await reportOf(experiments, only, print);
    const verdicts = verdictsOf(report.arms.filter(({ paths }) => paths === 'uniform'));
    for (const { passed, ...verdict } of verdicts)
      print({ kind: 'bar', ...verdict, passed: quick ? null : passed });
    if (quick) return 0;
    writePage(report, verdicts);
    return verdicts.every(({ passed }) => passed) ? 0 : 1;
  } finally {
    pool.close();
  }
}

function print(line: object): void {
  console.log(JSON.stringify(shown({ bench: 'enas', ...line })));
}

function refuse(task: Task): never {
  throw new Error(
    `The file of results has the result of another kind for a task "${task.kind}": name another file.`,
  );
}

import os from 'node:os';
import { readCount } from '../count-option.js';
import { readResultsFile, serveTasks, TaskPool } from '../ma2ml/task-pool.js';
import { rounded } from '../ma2ml/summary.js';
import type { Task, TaskResult } from './arm.js';
import { writeSweep } from './page.js';
import { samplingSpeed } from './sampling-speed.js';
import { settingRanges, settingSeed, stabilityRows } from './stability.js';
import { runTask } from './study.js';
import { sweepRows, sweepVerdicts } from './sweep.js';

const bars = { drawsPerSecond: 500, updateSeconds: 1 };

/**
 * The controller of ENAS on tables of real trainings, without shared weights: speed, the sweep of learning rates on
 * NAS-Bench-Macro with its bars, and how many settings drawn beforehand reach the target. JSON lines; the sweep writes its
 * table and plot into docs. `--quick`: few seeds, nothing judged or written. `--seeds N` (16), `--settings N` (64),
 * `--processes N` (all cores), `--results FILE` keeps finished searches, `--only speed|sweep|stability`. Answers 1 when a
 * bar is missed.
 */
export async function run(benchArguments: readonly string[]): Promise<number | undefined> {
  if (benchArguments.includes('--worker')) {
    await serveTasks(runTask);
    return undefined;
  }
  const quick = benchArguments.includes('--quick');
  const seeds = readCount(benchArguments, '--seeds', quick ? 2 : 16, 2);
  const settings = readCount(benchArguments, '--settings', quick ? 2 : 64, 1);
  const only = readOnly(benchArguments);
  const print = (line: object): void => console.log(JSON.stringify({ bench: 'controller', ...line }));
  let missed = false;
  const judge = (passed: boolean): boolean | null => {
    missed ||= !quick && !passed;
    return quick ? null : passed;
  };
  if (only === null || only === 'speed') {
    const { parameters, drawsPerSecond, updateSeconds } = samplingSpeed(quick ? 3 : 9);
    const passed = drawsPerSecond >= bars.drawsPerSecond && updateSeconds <= bars.updateSeconds;
    print({
      ...{ kind: 'speed', parameters },
      drawsPerSecond: rounded(drawsPerSecond, 0),
      updateSeconds: rounded(updateSeconds),
      passed: judge(passed),
    });
  }
  if (only === 'speed') return missed ? 1 : 0;
  const processes = readCount(benchArguments, '--processes', os.availableParallelism(), 1);
  const pool = new TaskPool<Task, TaskResult>('controller', processes, readResultsFile(benchArguments));
  const runOne = (task: Task): Promise<TaskResult> => pool.run(task);
  try {
    if (only !== 'stability') {
      const rows = await sweepRows(runOne, seeds);
      for (const row of rows) print({ kind: 'sweep', seeds, ...row });
      for (const verdict of sweepVerdicts(rows))
        print({ kind: 'bar', ...verdict, passed: judge(verdict.passed) });
      if (!quick) writeSweep(rows, seeds);
    }
    if (only !== 'sweep')
      for (const row of await stabilityRows(runOne, settings, seeds))
        print({ kind: 'stability', settings, seeds, settingSeed, ranges: settingRanges, ...row });
  } finally {
    pool.close();
  }
  return missed ? 1 : 0;
}

function readOnly(benchArguments: readonly string[]): 'speed' | 'sweep' | 'stability' | null {
  const at = benchArguments.indexOf('--only');
  if (at === -1) return null;
  const name = benchArguments[at + 1];
  if (name === 'speed' || name === 'sweep' || name === 'stability') return name;
  throw new Error('--only takes speed, sweep or stability.');
}

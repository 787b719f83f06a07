import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fork, RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import type { Contender, CrashRun, Workload } from './contender.js';
import { Duramen } from './duramen.js';
import { Optuna } from './optuna.js';

/** First kill, and the time from one to the next, in milliseconds; each is late by up to `spread`. */
const firstKill = 1_500;
const interval = 3_000;
const spread = 1_200;

/**
 * Worker processes are killed with SIGKILL on one and the same schedule: what is left of a search of Duramen, and with
 * `--peers` of an Optuna study on SQLite. One JSON line for each.
 */
export async function run(benchArguments: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...benchArguments],
    options: {
      trials: { type: 'string', default: '30' },
      workers: { type: 'string', default: '2' },
      kills: { type: 'string', default: '4' },
      rounds: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      peers: { type: 'boolean', default: false },
    },
  });
  const workload: Workload = {
    trials: readCount(values.trials, '--trials'),
    workers: readCount(values.workers, '--workers'),
    steps: 8,
    stepSeconds: 0.1,
  };
  const schedules = Array.from({ length: readCount(values.rounds, '--rounds') }, (_, round) => {
    const random = new RandomStream(fork(rngFromSeed(values.seed), round));
    return Array.from(
      { length: readCount(values.kills, '--kills') },
      (_each, kill) => firstKill + kill * interval + random.below(spread),
    );
  });
  const folder = await mkdtemp(path.join(os.tmpdir(), 'duramen-bench-'));
  try {
    const peers = values.peers ? await Optuna.both(folder) : [];
    for (const contender of [new Duramen(), ...peers]) {
      console.log(JSON.stringify(await examine(contender, workload, schedules)));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function examine(
  contender: Contender,
  workload: Workload,
  schedules: readonly (readonly number[])[],
): Promise<object> {
  const run = async (moments: readonly number[]): Promise<CrashRun> => {
    const found = await contender.run(workload, moments);
    console.error(`${contender.name}, killed ${found.kills} times: ${found.seconds.toFixed(1)} s`);
    return found;
  };
  const undisturbed = [await run([]), await run([])];
  const [expected] = undisturbed;
  const disturbed: CrashRun[] = [];
  for (const moments of schedules) disturbed.push(await run(moments));
  return {
    contender: contender.name,
    asked: workload.trials,
    workers: workload.workers,
    undisturbed: {
      trials: undisturbed.map(({ trials }) => trials),
      sameTrajectoryTwice: new Set(undisturbed.map(({ trajectory }) => trajectory)).size === 1,
    },
    killed: {
      kills: disturbed.map(({ kills }) => kills),
      trials: disturbed.map(({ trials }) => trials),
      complete: disturbed.map(({ complete }) => complete),
      zombies: disturbed.map(({ zombies }) => zombies),
      repeated: disturbed.map(({ repeated }) => repeated),
      sameTrajectory: disturbed.map(({ trajectory }) => trajectory === expected?.trajectory),
      seconds: disturbed.map(({ seconds }) => Number(seconds.toFixed(1))),
    },
  };
}

function readCount(text: string, option: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new Error(`${option} takes whole numbers above 0, not "${text}".`);
  }
  return count;
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findTemporalCli } from '../setup/temporal-cli.mjs';
import { regularizedEvolution, random } from '../src/algorithms/index.js';
import { RandomStream, fork, rngFromSeed } from '../src/numerics/index.js';
import { float, oneOf, space } from '../src/search-spaces/index.js';
import { level } from '../src/searches/index.js';
import { TestInstallation } from '../test/system/test-installation.js';

/** How a search of the matrix is defined. */
interface MatrixSearch {
  readonly options: object;
  /** Source of the evaluate function. */
  readonly evaluate: string;
}

/** Every evaluation adds the time of its start to a file that the environment names: so all bundles are equal. */
const note = "(await import('node:fs')).appendFileSync(process.env.DURAMEN_STARTS, Date.now() + '\\n');";

const line = space({ x: float(-5, 10) });
const evolution = regularizedEvolution({ populationSize: 4, tournamentSize: 2 });

const searches: Readonly<Record<string, MatrixSearch>> = {
  processes: {
    options: {
      space: line,
      metrics: { loss: 'minimize' },
      algorithm: evolution,
      budget: { trials: 24, concurrency: 2 },
      window: 4,
    },
    evaluate: `async (p, trial) => {
      ${note}
      const saved = await trial.checkpoint.latest();
      for (let step = saved === null ? 1 : saved.step + 1; step <= 10; step++) {
        await new Promise((resolve) => setTimeout(resolve, 150));
        await trial.checkpoint.save(new Uint8Array([step]), step);
      }
      return { loss: (p.x - 1) * (p.x - 1) };
    }`,
  },
  light: {
    options: {
      space: line,
      metrics: { loss: 'minimize' },
      algorithm: evolution,
      budget: { trials: 3_000, concurrency: 8 },
      light: true,
    },
    evaluate: `async (p) => {
      ${note}
      await new Promise((resolve) => setTimeout(resolve, 30));
      return { loss: (p.x - 1) * (p.x - 1) };
    }`,
  },
  nested: {
    options: {
      levels: [
        level({
          name: 'outer',
          space: space({ shift: oneOf([1, 2, 3, 4]) }),
          metrics: { loss: 'minimize' },
          algorithm: random(),
          budget: { trials: 6, concurrency: 2 },
        }),
        level({
          name: 'inner',
          space: line,
          metrics: { loss: 'minimize' },
          algorithm: evolution,
          budget: { trials: 8, concurrency: 2 },
        }),
      ],
      pure: true,
    },
    evaluate: `async (p, trial) => {
      ${note}
      await new Promise((resolve) => setTimeout(resolve, 400));
      return { loss: (p.x - trial.context.outer.shift) ** 2 };
    }`,
  },
};

type Victim = 'worker' | 'evaluations' | 'server' | 'everything';
const victims: readonly Victim[] = ['worker', 'evaluations', 'server', 'everything'];

/**
 * Kills, with SIGKILL and at random moments, each part of each kind of search, and compares the trajectory with the
 * undisturbed one. Prints one JSON line a cell, with the time from the restart to the next start of an evaluation.
 * Answers 1 when a trajectory differed.
 */
export async function run(arguments_: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...arguments_],
    options: {
      rounds: { type: 'string', default: '2' },
      kills: { type: 'string', default: '3' },
      search: { type: 'string', multiple: true, default: Object.keys(searches) },
      seed: { type: 'string', default: String(Date.now()) },
    },
  });
  const cli = await findTemporalCli();
  if (cli.kind === 'missing') throw new Error(`${cli.reason}: ${cli.remedy}.`);
  let same = true;
  for (const name of values.search) {
    const search = searches[name];
    if (search === undefined)
      throw new Error(`There is no search "${name}": ${Object.keys(searches).join(', ')}.`);
    const undisturbed = await disturbed(cli.path, name, search, null, []);
    for (const victim of victims) {
      if (victim === 'evaluations' && name === 'light') continue;
      const recoveries: number[] = [];
      let equal = true;
      for (let round = 0; round < Number(values.rounds); round += 1) {
        const rng = fork(fork(fork(rngFromSeed(values.seed), name), victim), round);
        const stream = new RandomStream(rng);
        const moments = Array.from({ length: Number(values.kills) }, () => 700 + stream.below(2_500));
        const found = await disturbed(cli.path, name, search, victim, moments);
        equal &&= found.hash === undisturbed.hash && found.told.join() === undisturbed.told.join();
        recoveries.push(...found.recoveries);
      }
      same &&= equal;
      recoveries.sort((a, b) => a - b);
      const median = recoveries[Math.floor(recoveries.length / 2)] ?? null;
      console.log(
        JSON.stringify({
          search: name,
          killed: victim,
          kills: Number(values.rounds) * Number(values.kills),
          sameTrajectory: equal,
          nextStartMilliseconds: { median, maximum: recoveries.at(-1) ?? null },
          seed: values.seed,
        }),
      );
    }
  }
  return same ? 0 : 1;
}

async function disturbed(
  cli: string,
  name: string,
  search: MatrixSearch,
  victim: Victim | null,
  moments: readonly number[],
): Promise<{
  readonly hash: string;
  readonly told: readonly number[];
  readonly recoveries: readonly number[];
}> {
  const installation = new TestInstallation(cli);
  const starts = join(installation.home, 'starts');
  try {
    await installation.start({ DURAMEN_STARTS: starts, DURAMEN_PASS_ENVIRONMENT: 'DURAMEN_STARTS' });
    const definition = await installation.define({ ...search.options, name, seed: 5 }, search.evaluate);
    const result = installation.run(definition);
    const recoveries: number[] = [];
    for (const moment of moments) {
      await new Promise((resolve) => setTimeout(resolve, moment));
      if (victim === null || (await isOver(result))) break;
      await kill(installation, victim);
      const up = Date.now();
      const next = await nextStart(starts, up, result);
      if (next !== null) recoveries.push(next - up);
    }
    const { trajectoryHash } = await result;
    return { hash: trajectoryHash, told: await installation.told(name), recoveries };
  } finally {
    await installation.close();
  }
}

async function kill(installation: TestInstallation, victim: Victim): Promise<void> {
  switch (victim) {
    case 'worker':
      await installation.killWorker();
      return installation.startWorker();
    case 'evaluations':
      installation.killEvaluations();
      return;
    case 'server':
      await installation.killServer();
      await installation.server.start();
      return;
    case 'everything':
      installation.killEvaluations();
      await Promise.all([installation.killWorker(), installation.killServer()]);
      return installation.startWorker();
    default:
      return unreachable(victim);
  }
}

async function isOver(result: Promise<unknown>): Promise<boolean> {
  return Promise.race([
    result.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 0)),
  ]);
}

/** Time of the first evaluation that started after `since`; null when the search ended without one. */
async function nextStart(file: string, since: number, result: Promise<unknown>): Promise<number | null> {
  for (let attempt = 0; attempt < 1_200; attempt += 1) {
    const times = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
    const next = times.find((time) => time > since);
    if (next !== undefined) return next;
    if (await isOver(result)) return null;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return null;
}

function unreachable(value: never): never {
  throw new Error(`Unknown victim ${String(value)}.`);
}

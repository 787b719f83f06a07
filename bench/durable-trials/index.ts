import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { connect } from 'duramen';
import { packageRoot } from '../../setup/folders.mjs';
import { EmbeddedServer } from '../../client/index.js';
import { BareLoop } from './bare-loop.js';
import { median, type Contender, type Run } from './contender.js';
import { Duramen } from './duramen.js';
import { readOptions, type BenchOptions } from './options.js';
import { Optuna } from './optuna.js';

/** Trials with which each worker is warmed up before anything is measured. */
const warmUpTrials = 100;

/**
 * Durable trials a second from start to final result: Duramen beside the plainest Temporal loop on the same server, and
 * with `--peers` beside Optuna on SQLite. One JSON line for each size.
 */
export async function run(benchArguments: readonly string[]): Promise<void> {
  const options = readOptions(benchArguments);
  const closing: (() => Promise<unknown>)[] = [];
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => reject(new Error(`The bench was ended by ${signal}.`)));
    }
  });
  try {
    await Promise.race([measure(options, closing), interrupted]);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

async function measure(options: BenchOptions, closing: (() => Promise<unknown>)[]): Promise<void> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'duramen-bench-'));
  closing.push(() => rm(home, { recursive: true, force: true }));
  // Compiled programs lie where the packages they import are found.
  const cache = path.join(packageRoot, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, 'duramen-bench-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));

  const server = new EmbeddedServer(home);
  closing.push(() => server.stop());
  const { address, pid: serverPid } = await server.start();
  const client = await connect({ home, address, namespace: 'default' });
  closing.push(() => client.close());

  // Each thread writes a profile of its own, so the profiles of a worker share a folder instead of a name.
  const profiling = (name: string): readonly string[] =>
    options.profiles === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${path.resolve(options.profiles, name)}`];
  const shared = { address, serverPid };
  const duramen = await Duramen.start({ ...shared, client, home, nodeOptions: profiling('duramen') });
  closing.push(() => duramen.stop());
  const bareLoop = await BareLoop.start({
    ...shared,
    client: client.temporal,
    folder,
    nodeOptions: profiling('bare-loop'),
  });
  closing.push(() => bareLoop.stop());
  const stopped = new AbortController();
  closing.push(async () => stopped.abort());
  const optuna = options.peers ? await Optuna.start(home, stopped.signal) : null;

  for (const contender of [duramen, bareLoop]) await contender.run(warmUpTrials);
  for (const trials of options.sizes) {
    console.log(JSON.stringify(await compare(trials, options.repeats, duramen, bareLoop, optuna)));
  }
}

/** The result for one size: medians of runs taken in turns. */
interface Comparison {
  readonly trials: number;
  readonly trialsPerSecond: number;
  readonly bareLoopPerSecond: number;
  readonly ofBareLoop: number;
  readonly optunaPerSecond?: number;
  readonly ofOptuna?: number;
  /** Trials of the shortest Optuna run: its runs are bounded in time. */
  readonly optunaTrials?: number;
  readonly optunaThreads?: number;
  /** Optuna with its default sampler, from one run. */
  readonly optunaTpePerSecond?: number;
  readonly optunaTpeTrials?: number;
  readonly repeats: number;
  /** Medians of milliseconds of processor time per trial, by process. */
  readonly processorMilliseconds?: Readonly<Record<string, number>>;
}

async function compare(
  trials: number,
  repeats: number,
  duramen: Contender,
  bareLoop: Contender,
  optuna: Optuna | null,
): Promise<Comparison> {
  const contenders = [duramen, bareLoop, ...(optuna === null ? [] : [optuna])];
  const runs = new Map<Contender, Run[]>(contenders.map((contender) => [contender, []]));
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const contender of contenders) {
      const run = await contender.run(trials);
      runs.get(contender)?.push(run);
      const rate = (run.trials / run.seconds).toFixed(1);
      console.error(`${trials} trials, run ${repeat + 1} of ${repeats}: ${contender.name} ${rate}/s`);
    }
  }
  const of = (contender: Contender): readonly Run[] => runs.get(contender) ?? [];
  const rate = (contender: Contender): number => median(of(contender).map((run) => run.trials / run.seconds));
  const own = rate(duramen);
  const bare = rate(bareLoop);
  const processorMilliseconds = {
    ...perTrial('duramen', of(duramen)),
    ...perTrial('bareLoop', of(bareLoop)),
  };
  return {
    trials,
    trialsPerSecond: rounded(own, 1),
    bareLoopPerSecond: rounded(bare, 1),
    ofBareLoop: rounded(own / bare, 3),
    ...(optuna === null ? {} : await optunaFigures(optuna, of(optuna), own, trials)),
    repeats,
    ...(Object.keys(processorMilliseconds).length === 0 ? {} : { processorMilliseconds }),
  };
}

async function optunaFigures(
  optuna: Optuna,
  runs: readonly Run[],
  own: number,
  trials: number,
): Promise<Partial<Comparison>> {
  const rate = median(runs.map((run) => run.trials / run.seconds));
  const tpe = await optuna.withDefaultSampler().run(trials);
  return {
    optunaPerSecond: rounded(rate, 1),
    ofOptuna: rounded(own / rate, 2),
    optunaTrials: Math.min(...runs.map((run) => run.trials)),
    optunaThreads: optuna.threads,
    optunaTpePerSecond: rounded(tpe.trials / tpe.seconds, 1),
    optunaTpeTrials: tpe.trials,
  };
}

function perTrial(name: string, runs: readonly Run[]): Readonly<Record<string, number>> {
  const parts = new Map<string, number[]>();
  for (const { trials, processorMilliseconds } of runs) {
    for (const [part, milliseconds] of Object.entries(processorMilliseconds ?? {})) {
      parts.set(part, [...(parts.get(part) ?? []), milliseconds / trials]);
    }
  }
  return Object.fromEntries(
    [...parts].map(([part, values]) => [
      `${name}${part.charAt(0).toUpperCase()}${part.slice(1)}`,
      rounded(median(values), 2),
    ]),
  );
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

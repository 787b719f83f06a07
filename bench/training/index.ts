import { rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  buildNetwork,
  inferShapes,
  readMnist,
  simplifyGraph,
  trainingProcessEnvironment,
} from 'duramen/training';
import { compiledProgram, programFolder } from '../compiled-program.js';
import { Contender } from './contender.js';
import type { ContenderSetting, Figures } from './contender.js';
import { LineProcess } from './line-process.js';
import { networks } from './networks.js';
import type { NetworkName } from './networks.js';
import { readOptions } from './options.js';
import type { BenchOptions } from './options.js';
import { peersOf, peersPython } from './python.js';
import type { Peers } from './python.js';
import type { Task } from './task.js';

/** Numbers of threads that each framework is tried with; the faster counts. */
const threadCounts = os.availableParallelism() > 1 ? [1, 2] : [1];

/**
 * Training steps a second on MNIST, one JSON line for each of six networks: ours, with `--peers` beside Keras and PyTorch
 * in turns (with `--python FILE` beside those of them that this Python has), the geometric mean of the ratios, and then the
 * fixed cost of a new network. `--rounds N` (3), `--seconds S` of a turn (4), `--networks A,B`,
 * `--no-fixed-cost`.
 */
export async function run(benchArguments: readonly string[]): Promise<void> {
  const options = readOptions(benchArguments);
  const peers = await peersFor(options);
  const folder = await programFolder();
  const running = new Set<{ stop(): Promise<void> }>();
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => reject(new Error(`The bench was ended by ${signal}.`)));
    }
  });
  const measured = measure(options, peers, folder, running);
  try {
    await Promise.race([measured, interrupted]);
  } finally {
    for (const each of running) await each.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The program of each peer, and the variables that tell its library the number of threads. */
const peerPrograms = {
  keras: { script: 'peer_keras.py', environment: () => ({}) },
  pytorch: {
    script: 'peer_torch.py',
    environment: (threads: number) => ({ OMP_NUM_THREADS: String(threads) }),
  },
} as const;

async function peersFor({ peers }: BenchOptions): Promise<Peers | null> {
  if (peers === 'none') return null;
  if (peers !== 'pinned') return peersOf(peers.python);
  return { python: await peersPython(), frameworks: ['keras', 'pytorch'] };
}

type Running = Set<{ stop(): Promise<void> }>;

async function measure(
  options: BenchOptions,
  peers: Peers | null,
  folder: string,
  running: Running,
): Promise<void> {
  const program = await compiledProgram(beside('own-process.ts'), folder);
  const data = await writeData(folder);
  const ratios: number[] = [];
  for (const name of options.networks) {
    console.error(name);
    const result = await compare(name, { options, peers, folder, program, data, running });
    console.log(JSON.stringify(result));
    const { ratioToFastestPeer: ratio } = result;
    if (typeof ratio === 'number') ratios.push(ratio);
  }
  if (ratios.length > 0) console.log(JSON.stringify({ geometricMeanOfRatios: geometricMean(ratios) }));
  if (options.fixedCost) await printFixedCost(folder, running);
}

interface Setting {
  readonly options: BenchOptions;
  readonly peers: Peers | null;
  readonly folder: string;
  readonly program: string;
  readonly data: Pick<Task, 'imageShape' | 'images' | 'labels' | 'mean' | 'deviation'>;
  readonly running: Running;
}

async function compare(name: NetworkName, setting: Setting): Promise<Readonly<Record<string, unknown>>> {
  const { options, running } = setting;
  const contenders: Contender[] = [];
  try {
    for (const each of await settingsOf(name, setting)) {
      const contender = await Contender.start(each);
      running.add(contender);
      contenders.push(contender);
    }
    const [first] = contenders;
    for (const { framework, parameters } of contenders) {
      if (parameters === first?.parameters) continue;
      throw new Error(`${name} has ${parameters} parameters with ${framework}, not ${first?.parameters}.`);
    }
    for (let round = 1; round <= options.rounds; round++) {
      for (const contender of contenders) await contender.turn(options.seconds);
    }
    return { ...resultOf(name, contenders), parameters: first?.parameters, rounds: options.rounds };
  } finally {
    for (const contender of contenders) {
      await contender.stop();
      running.delete(contender);
    }
  }
}

async function settingsOf(name: NetworkName, setting: Setting): Promise<readonly ContenderSetting[]> {
  const { peers, folder, program, data } = setting;
  // Peers train the simplified network too: without zeros and identities.
  const network = simplifyGraph(buildNetwork(networks[name]));
  const shapes = Object.fromEntries(inferShapes(network));
  const shared = { network, shapes, batchSize: 64, learningRate: 0.01, momentum: 0.9, ...data };
  const settings: ContenderSetting[] = [];
  const add = async (
    framework: ContenderSetting['framework'],
    threads: number,
    command: readonly [string, string],
    environment: ContenderSetting['environment'],
  ): Promise<void> => {
    const mode = framework === 'duramenFast' ? 'fast' : 'repeatable';
    const parallelism = framework === 'duramenOperations' ? { parallelism: 'operations' as const } : {};
    const task: Task = { ...shared, threads, mode, ...parallelism };
    const file = path.join(folder, `${name}-${framework}-${threads}.json`);
    await writeFile(file, JSON.stringify(task));
    const programArguments = [command[1], file];
    settings.push({ framework, threads, program: command[0], programArguments, environment });
  };
  for (const threads of threadCounts) {
    await add('duramen', threads, [process.execPath, program], trainingProcessEnvironment);
    for (const framework of peers?.frameworks ?? []) {
      const { script, environment } = peerPrograms[framework];
      await add(framework, threads, [peers?.python ?? '', beside(script)], environment(threads));
    }
  }
  for (const framework of ['duramenFast', 'duramenOperations'] as const) {
    await add(framework, threadCounts.at(-1) ?? 1, [process.execPath, program], trainingProcessEnvironment);
  }
  return settings;
}

function resultOf(name: NetworkName, contenders: readonly Contender[]): Readonly<Record<string, unknown>> {
  const best = (framework: ContenderSetting['framework']): Figures | null => {
    const figures = contenders.filter((each) => each.framework === framework).map((each) => each.figures());
    return figures.sort((a, b) => b.examplesPerSecond - a.examplesPerSecond)[0] ?? null;
  };
  const single = (framework: ContenderSetting['framework']): number | undefined => {
    const figures = contenders.filter((each) => each.framework === framework).map((each) => each.figures());
    const found = figures.find(({ threads }) => threads === 1);
    return found === undefined ? undefined : rounded(found.processorMicroseconds, 1);
  };
  const [own, fast, operations] = [best('duramen'), best('duramenFast'), best('duramenOperations')];
  const [keras, pytorch] = [best('keras'), best('pytorch')];
  const withThreadsOfFast =
    contenders
      .filter(({ framework }) => framework === 'duramen')
      .map((each) => each.figures())
      .find(({ threads }) => threads === fast?.threads) ?? null;
  const rate = (figures: Figures | null): number => Math.round(figures?.examplesPerSecond ?? 0);
  const peer = Math.max(rate(keras), rate(pytorch));
  return {
    network: name,
    examplesPerSecond: rate(own),
    ...(peer === 0
      ? {}
      : {
          keras: rate(keras),
          pytorch: rate(pytorch),
          ratioToFastestPeer: rounded(rate(own) / peer, 2),
        }),
    fastMode: rate(fast),
    repeatableWithThreadsOfFast: rate(withThreadsOfFast),
    parallelismOfOperations: rate(operations),
    processorMicrosecondsOneThread: {
      duramen: single('duramen'),
      keras: single('keras'),
      pytorch: single('pytorch'),
    },
    threads: {
      duramen: own?.threads,
      fastMode: fast?.threads,
      keras: keras?.threads,
      pytorch: pytorch?.threads,
    },
    forms: [own, keras, pytorch].flatMap((figures) => figures?.form ?? []),
  };
}

async function printFixedCost(folder: string, running: Running): Promise<void> {
  const program = await compiledProgram(beside('fixed-cost-process.ts'), folder);
  const cells = ['1', '5'];
  // No more than three: with more threads a batch is not divided by default, so its graph does not grow.
  for (const threads of ['1', '2', '3']) {
    const child = new LineProcess(
      `the fixed cost with ${threads} threads`,
      process.execPath,
      [program, '5', threads, ...cells],
      trainingProcessEnvironment,
    );
    running.add(child);
    try {
      for (let i = 0; i < cells.length; i++) console.log(JSON.stringify(await child.answer()));
    } finally {
      await child.stop();
      running.delete(child);
    }
  }
}

async function writeData(folder: string): Promise<Setting['data']> {
  const { images, labels, imageShape, mean, deviation, testFrom } = readMnist();
  const count = testFrom ?? labels.length;
  const size = images.length / labels.length;
  const [imageFile, labelFile] = [path.join(folder, 'images'), path.join(folder, 'labels')];
  await writeFile(imageFile, images.subarray(0, count * size));
  await writeFile(labelFile, labels.subarray(0, count));
  return { imageShape, images: imageFile, labels: labelFile, mean, deviation };
}

function beside(name: string): string {
  return fileURLToPath(new URL(`./${name}`, import.meta.url));
}

function geometricMean(values: readonly number[]): number {
  const logarithms = values.reduce((sum, value) => sum + Math.log(value), 0);
  return rounded(Math.exp(logarithms / values.length), 2);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

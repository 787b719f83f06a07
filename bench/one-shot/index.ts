import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fork, RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import { choicesOf, fairPaths, supernetworkShapes } from '../../networks/supernetwork/index.js';
import { trainingProcessEnvironment } from '../../training/index.js';
import { compiledProgram, programFolder } from '../compiled-program.js';
import { LineProcess } from '../training/line-process.js';
import { peersPython } from '../training/python.js';
import { Contender } from './contender.js';
import type { ContenderSetting, StepFigures } from './contender.js';
import { layersSupernetwork } from './layers.js';
import type { LayersSetting } from './layers.js';
import { dartsTask, measureMixture } from './mixture-case.js';
import type { MixtureTask, OwnWay, PathsTask } from './task.js';

/** What is measured of a row of layers. Every five children have each operation once in each layer. */
interface Case extends LayersSetting {
  readonly name: string;
  readonly batchSize: number;
  readonly fives: number;
  /** How often a turn goes through the children. */
  readonly passes: number;
  readonly rounds: number;
  readonly bars: Readonly<Record<RatioName, number>> | null;
}

type RatioName = 'pytorchToPath' | 'pathToAlone' | 'gatingToPath';

const cases: readonly Case[] = [
  {
    ...{ name: 'small', layers: 8, channels: 16, imageShape: [28, 28, 1], batchSize: 64 },
    ...{ fives: 2, passes: 2, rounds: 5 },
    bars: { pytorchToPath: 1.5, pathToAlone: 1.15, gatingToPath: 3 },
  },
  {
    ...{ name: 'large', layers: 12, channels: 36, imageShape: [32, 32, 3], batchSize: 128 },
    ...{ fives: 1, passes: 1, rounds: 2 },
    bars: null,
  },
];

const imageCount = 1024;

const mixtureRounds = 3;

type Running = Set<{ stop(): Promise<void> }>;

/**
 * What a training step on one path of a supernetwork costs, with another child every step and one thread: beside the same
 * children compiled alone, beside all branches weighed by a one-hot choice and, with `--peers`, beside shared modules in
 * PyTorch; and a step of the weights and one of the logits of the cells of DARTS as a mixture (`darts`). One JSON line for each
 * case; processor time counts. `--rounds N`, `--case small|large|darts` (all), `--python FILE`.
 * Answers 1 when a bar is missed.
 */
export async function run(benchArguments: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...benchArguments],
    options: {
      rounds: { type: 'string' },
      case: { type: 'string' },
      peers: { type: 'boolean', default: false },
      python: { type: 'string' },
    },
  });
  const chosen = cases.filter(({ name }) => values.case === undefined || name === values.case);
  const isMixed = values.case === undefined || values.case === 'darts';
  if (chosen.length === 0 && !isMixed)
    throw new Error(`--case takes small, large or darts, not "${values.case ?? ''}".`);
  const python = values.python ?? (values.peers ? await peersPython() : null);
  const folder = await programFolder();
  const running: Running = new Set();
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => reject(new Error(`The bench was ended by ${signal}.`)));
    }
  });
  const measured = async (): Promise<number> => {
    const program = await compiledProgram(beside('own-process.ts'), folder);
    let missed = 0;
    for (const each of chosen) {
      const rounds = readRounds(values.rounds) ?? each.rounds;
      const result = await measure({ ...each, rounds }, { folder, program, python, running });
      console.log(JSON.stringify(result));
      missed += result.missed.length;
    }
    if (isMixed) {
      console.error('darts: a step of the weights and one of the logits of a mixture');
      const task = await writeMixtureTask(folder);
      const mixture = await compiledProgram(beside('mixture-process.ts'), folder);
      const rounds = readRounds(values.rounds) ?? mixtureRounds;
      const result = await measureMixture(task, { program: mixture, python, rounds }, running);
      console.log(JSON.stringify(result));
      missed += result.missed.length;
    }
    return missed === 0 ? 0 : 1;
  };
  try {
    return await Promise.race([measured(), interrupted]);
  } finally {
    for (const each of running) await each.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Setting {
  readonly folder: string;
  readonly program: string;
  readonly python: string | null;
  readonly running: Running;
}

interface Result {
  readonly missed: readonly RatioName[];
  readonly [figure: string]: unknown;
}

async function measure(each: Case, { folder, program, python, running }: Setting): Promise<Result> {
  console.error(`${each.name}: ${each.layers} layers, ${each.channels} channels`);
  const task = await writeTask(each, folder);
  const own = (name: OwnWay): ContenderSetting => ({
    ...{ name, program: process.execPath, programArguments: [program, task, name] },
    environment: trainingProcessEnvironment,
  });
  const settings = [own('path'), own('alone'), own('gating')];
  if (python !== null) settings.push(await peerSetting(python, task, running));
  const contenders: Contender[] = [];
  try {
    for (const setting of settings) {
      const contender = await Contender.start(setting);
      running.add(contender);
      contenders.push(contender);
    }
    const [first] = contenders;
    const other = contenders.find(({ parameters }) => parameters !== first?.parameters);
    if (other !== undefined)
      throw new Error(`${other.name} has ${other.parameters} parameters, not ${first?.parameters ?? 0}.`);
    for (let round = 1; round <= each.rounds; round++) {
      for (const contender of contenders) await contender.turn(each.passes);
    }
    const figures = new Map(contenders.map((contender) => [contender.name, contender.figures()]));
    return { ...resultOf(each, figures), parameters: first?.parameters };
  } finally {
    for (const contender of contenders) {
      await contender.stop();
      running.delete(contender);
    }
  }
}

function resultOf(each: Case, figures: ReadonlyMap<ContenderSetting['name'], StepFigures>): Result {
  const time = (name: ContenderSetting['name']): number =>
    figures.get(name)?.processorMilliseconds ?? Number.NaN;
  const ratios = {
    pytorchToPath: time('pytorch') / time('path'),
    pathToAlone: time('path') / time('alone'),
    gatingToPath: time('gating') / time('path'),
  };
  const missed = (Object.keys(ratios) as RatioName[]).filter((name) => {
    const bar = each.bars?.[name];
    if (bar === undefined || Number.isNaN(ratios[name])) return false;
    return name === 'pathToAlone' ? ratios[name] > bar : ratios[name] < bar;
  });
  const shown = Object.entries(ratios).filter(([, ratio]) => !Number.isNaN(ratio));
  return {
    ...{ bench: 'one-shot', case: each.name, layers: each.layers, channels: each.channels },
    ...{ imageShape: each.imageShape, batchSize: each.batchSize, children: 5 * each.fives },
    ...{ rounds: each.rounds, missed },
    ratios: Object.fromEntries(shown.map(([name, ratio]) => [name, rounded(ratio, 2)])),
    ways: Object.fromEntries(
      [...figures].map(([name, { form, processorMilliseconds, milliseconds, peakMegabytes }]) => [
        name,
        {
          ...{
            processorMilliseconds: rounded(processorMilliseconds, 1),
            milliseconds: rounded(milliseconds, 1),
          },
          ...{ peakMegabytes, form },
        },
      ]),
    ),
  };
}

/** The peer in the form that a process of its own finds the fastest, so that its memory is that of one form. */
async function peerSetting(python: string, task: string, running: Running): Promise<ContenderSetting> {
  const script = beside('peer_paths.py');
  const environment = { OMP_NUM_THREADS: '1', PYTHONPATH: beside('../training') };
  const choosing = new LineProcess('pytorch', python, [script, task, 'choose'], environment);
  running.add(choosing);
  try {
    const { form } = (await choosing.answer()) as { readonly form: string };
    return { name: 'pytorch', program: python, programArguments: [script, task, form], environment };
  } finally {
    await choosing.stop();
    running.delete(choosing);
  }
}

async function writeTask(each: Case, folder: string): Promise<string> {
  const { imageShape, batchSize } = each;
  const network = layersSupernetwork(each);
  const children = Array.from({ length: each.fives }, (_none, five) =>
    fairPaths(choicesOf(network), fork(rngFromSeed(0), `children ${five}`)),
  ).flat();
  const task: PathsTask = {
    ...{ network, shapes: Object.fromEntries(supernetworkShapes(network)), batchSize, threads: 1 },
    children: children.map((child) => [...child]),
    ...{ learningRate: 0.01, momentum: 0.9, imageShape, mean: 0.5, deviation: 0.29 },
    ...(await writeImages(folder, each.name, imageShape)),
  };
  return writeJson(folder, each.name, task);
}

async function writeMixtureTask(folder: string): Promise<string> {
  const own = dartsTask();
  const task: MixtureTask = {
    ...own,
    ...{ threads: 1, learningRate: 0.025, momentum: 0.9, mean: 0.5, deviation: 0.29 },
    ...(await writeImages(folder, 'darts', own.imageShape)),
  };
  return writeJson(folder, 'darts', task);
}

/** Images are noise, because no step depends on what they show. */
async function writeImages(
  folder: string,
  name: string,
  imageShape: readonly [number, number, number],
): Promise<{ readonly images: string; readonly labels: string }> {
  const stream = new RandomStream(fork(rngFromSeed(0), 'images'));
  const size = imageShape.reduce((product, side) => product * side, 1);
  const [images, labels] = [path.join(folder, `${name}-images`), path.join(folder, `${name}-labels`)];
  await writeFile(
    images,
    Uint8Array.from({ length: imageCount * size }, () => stream.below(256)),
  );
  await writeFile(
    labels,
    new Uint8Array(Int32Array.from({ length: imageCount }, () => stream.below(10)).buffer),
  );
  return { images, labels };
}

async function writeJson(folder: string, name: string, task: object): Promise<string> {
  const file = path.join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify(task));
  return file;
}

function beside(name: string): string {
  return fileURLToPath(new URL(`./${name}`, import.meta.url));
}

function readRounds(text: string | undefined): number | null {
  if (text === undefined) return null;
  const rounds = Number(text);
  if (Number.isSafeInteger(rounds) && rounds > 0) return rounds;
  throw new Error(`--rounds takes a whole number above 0, not "${text}".`);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

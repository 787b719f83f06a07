import path from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../setup/folders.mjs';
import { common, enasController, pathKinds } from './arm.js';
import type { ArmSetting } from './arm.js';
import { mixtureCommon, mixtureKinds } from './mixture-setting.js';
import type { MixtureSetting } from './mixture-setting.js';

/** What is trained and where its results are kept. */
export interface BenchOptions {
  readonly arms: readonly ArmSetting[];
  /** Differentiable searches. */
  readonly mixtures: readonly MixtureSetting[];
  readonly results: string;
  /** Only says what is known: trains nothing. */
  readonly onlyReport: boolean;
}

/** Reads the options; those of `--quick` count where no other are given. */
export function readOptions(benchArguments: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...benchArguments],
    options: {
      quick: { type: 'boolean', default: false },
      minutes: { type: 'string' },
      cells: { type: 'string' },
      seeds: { type: 'string', default: '2' },
      paths: { type: 'string', default: [...pathKinds, ...mixtureKinds].join(',') },
      epochs: { type: 'string' },
      examples: { type: 'string' },
      results: { type: 'string', default: path.join(packageRoot, 'test-output', 'one-shot-nb201') },
      report: { type: 'boolean', default: false },
      table: { type: 'string' },
    },
  });
  const minutes = readNumber(values.minutes ?? (values.quick ? '2' : '20'), '--minutes', 0.01);
  const cells = readNumber(values.cells ?? (values.quick ? '60' : '300'), '--cells', 10);
  const seeds = readNumber(values.seeds, '--seeds', 1);
  if (!Number.isInteger(cells) || !Number.isInteger(seeds))
    throw new Error('--cells and --seeds take whole numbers.');
  const epochs = readNumber(values.epochs ?? String(values.quick ? 2 : mixtureCommon.epochs), '--epochs', 1);
  const trainingExamples = readNumber(
    values.examples ?? String(values.quick ? 640 : mixtureCommon.trainingExamples),
    '--examples',
    2,
  );
  const kinds = values.paths.split(',');
  const known: readonly string[] = [...pathKinds, ...mixtureKinds];
  const unknown = kinds.find((kind) => !known.includes(kind));
  if (unknown !== undefined) throw new Error(`--paths takes ${known.join(', ')}, not "${unknown}".`);
  const seedNumbers = Array.from({ length: seeds }, (_none, i) => i + 1);
  const mixtures = seedNumbers.flatMap((seed) =>
    mixtureKinds
      .filter((kind) => kinds.includes(kind))
      .map((kind) => ({ kind, seed, epochs, trainingExamples })),
  );
  const pathArms = pathKinds.filter((kind) => kinds.includes(kind));
  const arms = seedNumbers.flatMap((seed) =>
    pathArms.map((paths) => ({
      ...{ paths, seed, minutes, cells, common: { ...common } },
      ...(paths === 'enas' ? { controller: enasController } : {}),
    })),
  );
  return { arms, mixtures, results: path.resolve(values.results), onlyReport: values.report };
}

function readNumber(text: string, option: string, least: number): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= least) return value;
  throw new Error(`${option} takes a number of at least ${least}, not "${text}".`);
}

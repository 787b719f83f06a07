import type { Expression, Scalar } from '../../search-spaces/index.js';
import {
  fcNetChoices,
  hpoBenchChoices,
  nasBench201Operations,
  nasBenchMacroBlocks,
} from '../../search-spaces/ready-made/index.js';
import type { TableKey } from '../definition/table-description.js';
import { clipped, surrogate, table } from './table-evaluator.js';
import type { TableEvaluator } from './table-evaluator.js';

/** Where the parameters of a table are found: those of the trial, or of several levels. */
export interface ParameterPlaces {
  /** Path of each parameter that is not a parameter of the trial itself, such as `context.architecture.depth`. */
  readonly paths?: Readonly<Record<string, string>>;
}

/** The data sets of NAS-Bench-201 as its columns are called. */
export type NasBench201DataSet = 'c10' | 'c100' | 'in16';

/** What `nasBench201Table` reads from its table. */
export interface NasBench201TableOptions {
  /** CIFAR-10 (`c10`, the default), CIFAR-100 or ImageNet16-120. */
  readonly dataset?: NasBench201DataSet;
  /** Epochs of the training whose accuracies are read: 12 (the default) or 200. */
  readonly epochs?: 12 | 200;
  /** Path of the cell, six operations in a row; `parameters` by default. */
  readonly cell?: string;
}

/**
 * Seconds of a training of 12 epochs: what a cell costs in any case, and for each million multiply-adds of an image.
 * Least squares over the 1,000 measured trainings of the NAS-Bench-201 tables (R² 0.63, mean error 15 %).
 */
const trainingSeconds: Readonly<Record<NasBench201DataSet, readonly [fixed: number, perMegaFlop: number]>> = {
  c10: [141.35, 1.32465],
  c100: [141.34, 1.32465],
  in16: [428.73, 16.076],
};

/**
 * NAS-Bench-201 (Dong and Yang, ICLR 2020) from a table with the columns `ops` (six digits, operations in the order of
 * `nasBench201Operations`) and, for each data set, `c10_val12`, `c10_test12`, `c10_val200`, `c10_test200`, `c10_mflops`,
 * `c10_mparams`. Metrics: `validation` and `test` (accuracy after `epochs`), `finalTest` (test accuracy after 200
 * epochs), `mflops`, `mparams`. Cost: simulated seconds of the training.
 */
export function nasBench201Table(path: string, options: NasBench201TableOptions = {}): TableEvaluator {
  const { dataset = 'c10', epochs = 12, cell = 'parameters' } = options;
  const [fixed, perMegaFlop] = trainingSeconds[dataset];
  const column = (name: string): string => `${dataset}_${name}`;
  return table(path, {
    key: { ops: { positions: ['path', cell], among: nasBench201Operations } },
    metrics: {
      validation: column(`val${epochs}`),
      test: column(`test${epochs}`),
      finalTest: column('test200'),
      mflops: column('mflops'),
      mparams: column('mparams'),
    },
    cost: ['*', epochs / 12, ['+', fixed, ['*', perMegaFlop, ['path', `row.${column('mflops')}`]]]],
  });
}

/**
 * NAS-Bench-Macro from a table with the columns `arch` (eight digits, blocks in the order of `nasBenchMacroBlocks`),
 * `acc_s0` to `acc_s2`, `params` and `flops`. Metrics: `accuracy` (mean of the three trainings), `params`, `flops`; cost:
 * the multiply-adds of an image in millions. `blocks` is the path of the eight blocks.
 */
export function nasBenchMacroTable(path: string, blocks = 'parameters'): TableEvaluator {
  return table(path, {
    key: { arch: { positions: ['path', blocks], among: nasBenchMacroBlocks } },
    metrics: { accuracy: { mean: ['acc_s0', 'acc_s1', 'acc_s2'] }, params: 'params', flops: 'flops' },
    cost: ['/', ['path', 'row.flops'], 1e6],
  });
}

/** How the seeds of a table become one value: their mean, or the one that the trial's seed chooses. */
export type SeedReading = 'mean' | 'seeded';

/**
 * FCNet (Klein and Hutter, 2019) from a table with the columns `id` (one digit per parameter in the order of
 * `fcNetChoices`) and `s0` to `s3`. Metrics: `loss` (validation error, to be minimised) and `meanLoss`.
 */
export function fcNetTable(
  path: string,
  options: ParameterPlaces & { readonly seeds?: SeedReading } = {},
): TableEvaluator {
  const columns = ['s0', 's1', 's2', 's3'];
  return table(path, {
    key: { id: digitsOf(fcNetChoices, options.paths) },
    metrics: { loss: seedsAs(options.seeds, columns), meanLoss: { mean: columns } },
  });
}

/**
 * The neural networks of HPOBench from a table with the columns `id` (one digit per parameter in the order of
 * `hpoBenchChoices`) and `s0` to `s4`. Metrics: `score` (to be maximised) and `meanScore`.
 */
export function hpoBenchTable(
  path: string,
  options: ParameterPlaces & { readonly seeds?: SeedReading } = {},
): TableEvaluator {
  const columns = ['s0', 's1', 's2', 's3', 's4'];
  return table(path, {
    key: { id: digitsOf(hpoBenchChoices, options.paths) },
    metrics: { score: seedsAs(options.seeds, columns), meanScore: { mean: columns } },
  });
}

/** Names of the inputs of the JAHS-Bench-201 surrogate that are parameters of its space. */
const jahsParameters = [
  'Activation',
  'TrivialAugment',
  'LearningRate',
  'WeightDecay',
  'N',
  'W',
  'Resolution',
];

/**
 * JAHS-Bench-201 on CIFAR-10 as gradient-boosted trees, for points of `jahsSpace`. Metrics: `accuracy` (validation, in
 * per cent), `sizeMegabytes`, `latency`; every trial reports at `epochs` (ascending, up to 200), by default at the last
 * one alone. Cost: epochs.
 */
export function jahsSurrogate(path: string, epochs: readonly number[] = [200]): TableEvaluator {
  const parameter = (name: string): Expression => ['path', `parameters.${name}`];
  return surrogate(path, {
    inputs: {
      ...Object.fromEntries(jahsParameters.map((name) => [name, parameter(name)])),
      ...Object.fromEntries(
        Array.from({ length: 6 }, (_, edge) => [`Op${edge + 1}`, parameter(`Op[${edge}]`)]),
      ),
      Optimizer: 'SGD',
      epoch: ['path', 'step'],
    },
    metrics: { accuracy: clipped('valid-acc', 0, 100), sizeMegabytes: 'size_MB', latency: 'latency' },
    cost: ['path', 'step'],
    steps: epochs,
  });
}

/** One digit per parameter: the position of its value in its list. */
function digitsOf(
  choices: Readonly<Record<string, readonly Scalar[]>>,
  paths: Readonly<Record<string, string>> = {},
): TableKey {
  return {
    join: Object.entries(choices).map(([name, among]) => ({
      positions: ['path', paths[name] ?? `parameters.${name}`] as const,
      among,
    })),
  };
}

function seedsAs(reading: SeedReading = 'mean', columns: readonly string[]) {
  return reading === 'mean' ? { mean: columns } : { seeded: columns };
}

import { isPlainObject, utf8Bytes } from '../../foundation/json/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { View } from '../../search-spaces/views/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { Configuration } from '../contract/configuration.js';
import type { MixtureStage } from '../contract/mixture-stage.js';
import { relaxationOf, type Relaxation } from '../contract/relaxation.js';
import { sliceByteLimit, sliceValueLimit } from '../contract/slice.js';
import { readWarmStart, type WarmStartConfig, type WarmStartOptions } from '../warm-start/index.js';
import { readRoles, type OperationRole } from './operation-roles.js';

/** A stage of a progressive search (P-DARTS, Chen et al., ICCV 2019): weights and mixture begin anew in each. */
export type DartsStage = {
  readonly epochs: number;
  /** Options of each choice that go on to the next stage, the branch of zero counted; all if it is absent. */
  readonly keep?: number;
  /** Rate of dropout behind branches that only pass on their input, at the beginning of the stage (none). */
  readonly skipDropout?: number;
  /** What the network function finds as `stage` in its context, such as `{ cells: 11 }`. */
  readonly network?: { readonly [key: string]: Json };
};

/** When a differentiable search ends before its last epoch. */
export type DartsStop = {
  /**
   * DARTS+ (Liang et al., 2019), first criterion: when the derived architecture has more than so many counted skips, the
   * search returns the last one that had not.
   */
  readonly skips?: { readonly most: number };
  /** DARTS+, second criterion: the order of the learnable options of every choice was the same for so many epochs. */
  readonly ranking?: { readonly epochs: number };
  /**
   * RobustDARTS (Zela et al., ICLR 2020): the largest eigenvalue of the Hessian of the validation loss by the mixture,
   * measured in every second epoch. When its mean over 5 measurements is more than `factor` (1.3) times that of 4
   * measurements before, from epoch `from` (10) on, the search returns the architecture of that time.
   */
  readonly eigenvalue?: { readonly factor?: number; readonly from?: number };
};

/** Options of a differentiable search; it needs `epochs` or `stages`. */
export interface DartsOptions {
  /** Passes over the training data, each through one half for the weights and the other for the mixture. */
  readonly epochs?: number;
  readonly stages?: readonly DartsStage[];
  /** 1 (default): the gradient of the mixture at the weights as they are. 2: at those after one step of theirs. */
  readonly order?: 1 | 2;
  /** Adam of the mixture: 3e-4, 0.5, 0.999, and a decay of 1e-3. */
  readonly learningRate?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly weightDecay?: number;
  /** Largest norm of the gradient of the mixture (any). */
  readonly clipNorm?: number;
  /** Standard deviation of the first logits (1e-3). */
  readonly deviation?: number;
  /** Epochs of each stage that train the weights alone, or a share of them below 1 (0). */
  readonly warmUp?: number;
  /** Whether each choice is mixed with a branch of zero, too, which is never derived (true; false where sampled). */
  readonly none?: boolean;
  /** `mixture`: the weighted sum of all branches. `sampled`: one branch of each choice at a step (GDAS). */
  readonly mode?: 'mixture' | 'sampled';
  /** Temperature of the samples in the first and the last epoch of a stage (10 and 0.1); linear between them. */
  readonly temperature?: { readonly first: number; readonly last: number };
  /** The factor of an auxiliary skip in the first epoch of a stage, which falls to 0 in a line (DARTS−; none). */
  readonly auxiliarySkip?: number;
  /** What the options are; the rules about skips and rankings need it. */
  readonly operations?: readonly OperationRole[];
  /** Most counted skips of a derived architecture: the weakest ones give way to the next best options (any). */
  readonly maximumSkips?: number;
  readonly stop?: DartsStop;
  /** Starts from what a finished search on a related task found (cold). */
  readonly warmStart?: WarmStartOptions;
  /**
   * Data sets that each stage trains on, one after the other, for its epochs each (1). Weights and logits go on from task
   * to task, the classifier and the optimisers begin anew: the meta-transfer of Grobelnik and Vanschoren (2022), section 3.
   */
  readonly tasks?: number;
}

/** A checked stage. */
export type PlannedStage = {
  readonly epochs: number;
  /** The first epoch that trains the mixture, from 1. */
  readonly alphaFrom: number;
  readonly keep: number | null;
  readonly skipDropout: number | null;
  readonly network: { readonly [key: string]: Json };
};

/** Checked options with their defaults. */
export type DartsConfig = {
  readonly stages: readonly PlannedStage[];
  readonly order: 1 | 2;
  readonly alpha: MixtureStage['alpha'];
  readonly none: boolean;
  readonly temperature: { readonly first: number; readonly last: number } | null;
  readonly auxiliarySkip: number | null;
  readonly operations: readonly OperationRole[];
  readonly maximumSkips: number | null;
  readonly stop: {
    readonly skips: number | null;
    readonly ranking: number | null;
    readonly eigenvalue: { readonly factor: number; readonly from: number } | null;
  };
  readonly warmStart: WarmStartConfig | null;
  readonly tasks: number;
};

/** Measurements of the eigenvalue come after so many epochs of a stage each. */
export const eigenvalueEvery = 2;

const mostEpochs = 100_000;
const mostStages = 32;
const mostTasks = 64;
const fieldNames = [
  ...(['epochs', 'stages', 'order', 'learningRate', 'beta1', 'beta2', 'weightDecay', 'clipNorm'] as const),
  ...(['deviation', 'warmUp', 'none', 'mode', 'temperature', 'auxiliarySkip', 'operations'] as const),
  ...(['maximumSkips', 'stop', 'warmStart', 'tasks'] as const),
] as const satisfies readonly (keyof DartsOptions)[];

/** Checks options of unknown origin; throws `AlgorithmError` with one sentence about the first thing that is wrong. */
export function readOptions(name: string, value: unknown, view: View): DartsConfig {
  const fields = new Configuration(name, value, fieldNames);
  const isSampled = fields.value('mode') === 'sampled';
  const none = fields.value('none') ?? !isSampled;
  if (typeof none !== 'boolean') return fields.refuse('none', 'true or false');
  if (none && isSampled) {
    throw new AlgorithmError(
      `${name} draws single branches of the space (mode: 'sampled'), and a branch of zero is none of these: leave 'none' out, or make zero an option of the space`,
    );
  }
  const relaxation = relaxationOf(view, none);
  const order = fields.integer('order', 1, 2, 1);
  const operations = readRoles(name, fields.value('operations'), relaxation);
  const stages = readStages(name, fields);
  const warmStart = fields.value('warmStart');
  const config: DartsConfig = {
    stages,
    order: order === 1 ? 1 : 2,
    alpha: {
      learningRate: fields.number('learningRate', 0, 1e6, 3e-4),
      beta1: fields.number('beta1', 0, 0.999_999, 0.5),
      beta2: fields.number('beta2', 0, 0.999_999_9, 0.999),
      weightDecay: fields.number('weightDecay', 0, 1e6, 1e-3),
      clipNorm:
        fields.value('clipNorm') === undefined ? null : fields.number('clipNorm', 1e-9, 1e9, Number.NaN),
      deviation: fields.number('deviation', 0, 100, 1e-3),
    },
    none,
    temperature: readTemperature(name, fields),
    auxiliarySkip:
      fields.value('auxiliarySkip') === undefined ? null : fields.number('auxiliarySkip', 0, 1e6, Number.NaN),
    operations,
    maximumSkips: fields.value('maximumSkips') === undefined ? null : fields.integer('maximumSkips', 0, 1e6),
    stop: readStop(name, fields.value('stop')),
    warmStart: warmStart === undefined ? null : readWarmStart(name, warmStart, stages.length),
    tasks: fields.integer('tasks', 1, mostTasks, 1),
  };
  refuseTogether(name, config, relaxation);
  if (config.tasks > 1) refuseWithTasks(name, config, warmStart);
  return config;
}

function readStages(name: string, fields: Configuration): readonly PlannedStage[] {
  const given = fields.value('stages');
  const warmUp = fields.number('warmUp', 0, mostEpochs, 0);
  if (warmUp >= 1 && !Number.isInteger(warmUp)) {
    throw new AlgorithmError(
      `'warmUp' of ${name} must be a whole number of epochs, or a share of them below 1`,
    );
  }
  if (given === undefined) {
    const epochs = fields.integer('epochs', 1, mostEpochs);
    return [{ epochs, alphaFrom: alphaFrom(warmUp, epochs), keep: null, skipDropout: null, network: {} }];
  }
  if (fields.value('epochs') !== undefined)
    throw new AlgorithmError(`${name} has both 'epochs' and 'stages': each stage has its own epochs`);
  if (!Array.isArray(given) || given.length === 0 || given.length > mostStages)
    return fields.refuse('stages', `a list of 1 to ${mostStages} stages`);
  return given.map((stage: unknown, place) => {
    const own = new Configuration(`stages[${place}] of ${name}`, stage, [
      'epochs',
      'keep',
      'skipDropout',
      'network',
    ]);
    const epochs = own.integer('epochs', 1, mostEpochs);
    const network = own.value('network') ?? {};
    return {
      epochs,
      alphaFrom: alphaFrom(warmUp, epochs),
      keep: own.value('keep') === undefined ? null : own.integer('keep', 1, 1e6),
      skipDropout:
        own.value('skipDropout') === undefined ? null : own.number('skipDropout', 0, 0.999, Number.NaN),
      // The whole configuration came as JSON.
      network: isPlainObject(network)
        ? (network as PlannedStage['network'])
        : own.refuse('network', 'an object'),
    };
  });
}

function alphaFrom(warmUp: number, epochs: number): number {
  const frozen = warmUp < 1 ? Math.round(warmUp * epochs) : warmUp;
  return Math.min(frozen, epochs) + 1;
}

function readTemperature(name: string, fields: Configuration): DartsConfig['temperature'] {
  const mode = fields.value('mode') ?? 'mixture';
  if (mode !== 'mixture' && mode !== 'sampled') return fields.refuse('mode', "'mixture' or 'sampled'");
  const given = fields.value('temperature');
  if (mode === 'mixture') {
    if (given === undefined) return null;
    throw new AlgorithmError(
      `'temperature' of ${name} is that of samples, and 'mode' says 'mixture': leave it out`,
    );
  }
  const own = new Configuration(`'temperature' of ${name}`, given ?? {}, ['first', 'last']);
  return { first: own.number('first', 1e-6, 1e6, 10), last: own.number('last', 1e-6, 1e6, 0.1) };
}

function readStop(name: string, value: unknown): DartsConfig['stop'] {
  const owner = `'stop' of ${name}`;
  const fields = new Configuration(owner, value ?? {}, ['skips', 'ranking', 'eigenvalue']);
  const rule = (field: string, known: readonly string[]): Configuration | null =>
    fields.value(field) === undefined
      ? null
      : new Configuration(`'${field}' of ${owner}`, fields.value(field), known);
  const eigenvalue = rule('eigenvalue', ['factor', 'from']);
  return {
    skips: rule('skips', ['most'])?.integer('most', 0, 1e6) ?? null,
    ranking: rule('ranking', ['epochs'])?.integer('epochs', 1, mostEpochs) ?? null,
    eigenvalue:
      eigenvalue === null
        ? null
        : {
            factor: eigenvalue.number('factor', 1, 1e6, 1.3),
            from: eigenvalue.integer('from', 1, mostEpochs, 10),
          },
  };
}

/** Refuses options that say nothing of a search over several tasks. */
function refuseWithTasks(name: string, { stop }: DartsConfig, warmStart: unknown): void {
  if (stop.skips !== null || stop.ranking !== null || stop.eigenvalue !== null) {
    throw new AlgorithmError(
      `${name} trains on several tasks in turn (tasks), and a rule of 'stop' would end it before the last one: leave 'stop' out`,
    );
  }
  const from: unknown = isPlainObject(warmStart) ? warmStart['from'] : [];
  if (Array.isArray(from) && from.length === 0) return;
  throw new AlgorithmError(
    `${name} trains on several tasks in turn (tasks), which no record serves: give warmStart: { from: [] }, which embeds the tasks and starts cold`,
  );
}

/** Refuses options that need each other, or more numbers than a slice carries. */
function refuseTogether(name: string, config: DartsConfig, relaxation: Relaxation): void {
  const { operations, maximumSkips, stop, stages, auxiliarySkip, order, temperature, warmStart } = config;
  const hasSkips = operations.some(({ skip, counted }) => skip.length > 0 && counted !== false);
  const needs = [
    ["'maximumSkips'", maximumSkips !== null && !hasSkips, 'which options are skips'],
    ["'skips' of 'stop'", stop.skips !== null && !hasSkips, 'which options are skips'],
    [
      "'addSkips' of 'warmStart'",
      warmStart?.addSkips === true && !operations.some(({ skip }) => skip.length > 0),
      'which options are skips',
    ],
    [
      "'ranking' of 'stop'",
      stop.ranking !== null && !operations.some(({ learnable }) => learnable.length > 1),
      'which options are learnable',
    ],
  ] as const;
  for (const [field, lacks, what] of needs) {
    if (!lacks) continue;
    throw new AlgorithmError(
      `${field} of ${name} needs to know ${what}: give 'operations', as operationRoles(space, { skip, learnable }) makes them`,
    );
  }
  if (temperature !== null && (order === 2 || auxiliarySkip !== null)) {
    throw new AlgorithmError(
      `${name} draws single branches (mode: 'sampled'), which have neither steps of the second order nor auxiliary skips: leave these out`,
    );
  }
  if (stop.eigenvalue !== null && (relaxation.size >= sliceValueLimit || temperature !== null)) {
    throw new AlgorithmError(
      `'eigenvalue' of 'stop' of ${name} is measured of a mixture of at most ${sliceValueLimit - 1} logits: leave it out`,
    );
  }
  const rows = JSON.stringify(
    relaxation.rows.map(({ length }) => Array.from({ length }, (_none, option) => option)),
  );
  const network = Math.max(...stages.map((stage) => utf8Bytes(JSON.stringify(stage.network)).length));
  // What else a slice says takes less than 1,000 bytes.
  if (rows.length + network + 1_000 > sliceByteLimit) {
    throw new AlgorithmError(
      `the stages of ${name} would take more than ${sliceByteLimit} bytes for this space: use fewer choices, or smaller 'network' objects`,
    );
  }
}

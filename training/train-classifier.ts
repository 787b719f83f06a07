import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fork, hashJson, rngFromSeed } from '../foundation/numbers/index.js';
import { isPlainJson, isPlainObject, type Json } from '../foundation/json/index.js';
import type { AugmentationPolicy, AugmentationPolicyInput } from './augmentation/augmentation-policy.js';
import { buildNetwork } from '../networks/builders/index.js';
import { CompiledStep } from './step/compiled-step.js';
import { checkDataSet, isStreamed } from './data/data-set.js';
import type { DataSet, TrainingData } from './data/data-set.js';
import type { DataSetName, DataSetOptions } from './data/data-set-options.js';
import { openDataSet } from './data/open-data-set.js';
import { splitData } from './data/split.js';
import type { Split } from './data/split.js';
import {
  graphHash,
  networkCost,
  type NetworkGraph,
  parseNetworkGraph,
  simplifyGraph,
  withOutputDropout,
} from '../networks/network-graph/index.js';
import { beyondLimit } from './metric-limits.js';
import type { MetricLimits } from './metric-limits.js';
import { initialValues, networkParameters } from '../networks/index.js';
import { writeSavedModel } from './saved-model.js';
import { settledComputation, tensorflowKind } from './tensorflow.js';
import type { Computation, ComputationMode, Parallelism, SettledComputation } from './tensorflow.js';
import { evaluate, train } from './trainer.js';
import type { TrainingSettings } from './trainer.js';
import { decodeCheckpoint, encodeCheckpoint, hashState } from './training-checkpoint.js';
import type { TrainingCheckpoint } from './training-checkpoint.js';
import { TrainingError } from './training-error.js';
import { trainingAugmentation, trainingDropout, trainingSettings } from './training-parameters.js';
import type { TrainingParameters } from './training-parameters.js';
import type { TrainingState } from './step/training-step.js';

/** What a training needs of its trial; an evaluate function's `trial` has it. */
export interface TrainingTrial {
  readonly seed: string;
  readonly signal: AbortSignal;
  readonly context: Readonly<Record<string, Json>>;
  report(step: number, metrics: Readonly<Record<string, number>>): void;
  shouldStop(): boolean;
  readonly checkpoint: {
    save(content: Uint8Array, step: number): Promise<void>;
    latest(): Promise<{ readonly path: string } | null>;
  };
  setAttribute(key: string, value: Json): void;
  saveArtifact(name: string, path: string): Promise<string>;
}

/** A trial of a search, with limits by metric: a network that is known to be beyond one is not trained. */
export type LimitedTrainingTrial = TrainingTrial & { readonly limits: MetricLimits };

/** Fixed hyper-parameters are given by name beside these; parameters of the search with the same name win. */
export interface TrainClassifierOptions extends TrainingParameters {
  /** The name of a data set, what is taken of one and done to it, files of one's own, or a data set in memory. */
  readonly dataset: DataSetName | DataSetOptions | DataSet;
  /** Folder with the files of a data set that is given by name; by default they come from packages. */
  readonly folder?: string;
  /** Examples to train on; all but the validation examples if it is absent. */
  readonly trainingExamples?: number;
  /** Examples that the metrics are measured on; default: a tenth of those that are not test examples. */
  readonly validationExamples?: number;
  /** Seed of the split, the same for all trials; default 0. */
  readonly splitSeed?: number;
  /** Whether the classes have the same shares in all parts of the split; default true. */
  readonly stratified?: boolean;
  /**
   * The network of a trial: a graph, or a builder's parameters without `inputShape` and `classes`. By default it is
   * the first object with `builder` or `nodes` among the trial's parameters, their `network`, and the same of the
   * outer levels from the inside out.
   */
  readonly network?: (parameters: Json, context: TrainingTrial['context']) => NetworkGraph | Json;
  /**
   * Costs of a network that are known before it is trained, beside `parameters` and `multiplyAdds`; they are metrics
   * too. `acceleratorCosts` of duramen/hardware makes such a function.
   */
  readonly costs?: (
    network: NetworkGraph,
    parameters: Json,
    context: TrainingTrial['context'],
  ) => Readonly<Record<string, number>>;
  /**
   * Changes the images of every training step at random (docs/augmentation.md); default: none. A parameter of the
   * search with this name wins.
   */
  readonly augmentation?: AugmentationPolicyInput;
  /**
   * `repeatable`, the default: the same trial has the same bits in every process on a machine of one kind. `fast` gives
   * this up; its checkpoints and results are never taken for repeatable ones.
   */
  readonly mode?: ComputationMode;
  /**
   * Threads of TensorFlow in the evaluating process; default 1, in the mode `fast` as many as there are processors. Other
   * numbers give other bits.
   */
  readonly threads?: number;
  /**
   * How several threads share the work of a step; default `data` with up to three threads, `operations` with more. The
   * other gives other bits.
   */
  readonly parallelism?: Parallelism;
  /** Adds `testAccuracy` to the metrics; default false. It is no metric to search for. */
  readonly test?: boolean;
  /** Keeps the trained network as the artifacts `saved_model.pb` and `network.json`; default false. */
  readonly saveModel?: boolean;
}

/** Metrics of a trained network. */
export type ClassifierMetrics = Readonly<
  Record<'accuracy' | 'loss' | 'trainingLoss' | 'parameters' | 'multiplyAdds', number>
> & { readonly testAccuracy?: number };

/** The result for a network that was not trained, because a cost is beyond a limit: why, and all its costs. */
export interface UntrainedNetwork {
  readonly infeasible: string;
  readonly metrics: Readonly<Record<string, number>>;
}

/** An evaluate function; without limits every network is trained. */
export interface ClassifierTraining {
  (parameters: unknown, trial: LimitedTrainingTrial): Promise<ClassifierMetrics | UntrainedNetwork>;
  (parameters: unknown, trial: TrainingTrial): Promise<ClassifierMetrics>;
}

/**
 * An evaluate function that trains a classifier. It reports `accuracy`, `loss` and `trainingLoss` at the end of every
 * epoch (the step is the epoch, from 1), saves checkpoints and goes on from them to the same bits. A loss that is not
 * finite ends the trial as `Diverged`, a network that does not fit as `InvalidArchitecture`. A network whose costs are
 * beyond a limit of the search is not trained.
 */
export function trainClassifier(options: TrainClassifierOptions): ClassifierTraining {
  async function evaluateClassifier(
    parameters: unknown,
    trial: LimitedTrainingTrial,
  ): Promise<ClassifierMetrics | UntrainedNetwork>;
  async function evaluateClassifier(parameters: unknown, trial: TrainingTrial): Promise<ClassifierMetrics>;
  async function evaluateClassifier(
    parameters: unknown,
    trial: TrainingTrial & { readonly limits?: MetricLimits },
  ): Promise<ClassifierMetrics | UntrainedNetwork> {
    if (!isPlainJson(parameters))
      throw new TrainingError('BadInput', 'The parameters of the training are not plain JSON.');
    const computation = computationOf(options);
    const data = await dataOf(options, computation, trial.signal);
    const split = splitOf(options, data);
    const places = [parameters, ...Object.values(trial.context).reverse()];
    const named = places.flatMap((place) => (isPlainObject(place) ? [place] : []));
    const sources = [...named, { ...options }];
    const settings = trainingSettings(sources, split.training.length);
    const augmentation = trainingAugmentation(sources);
    const whole = withOutputDropout(
      networkOf(options, data, parameters, trial.context),
      trainingDropout(sources),
    );
    const { parameters: count, multiplyAdds } = networkCost(whole);
    const costs = { parameters: count, multiplyAdds, ...options.costs?.(whole, parameters, trial.context) };
    const beyond = beyondLimit(trial.limits ?? {}, costs);
    if (beyond !== null) return { infeasible: `The network was not trained: ${beyond}.`, metrics: costs };
    // Zeros in sums and identities cost time and change nothing.
    const network = simplifyGraph(whole);
    const { mode } = computation;
    const content = hashJson([
      ...[graphHash(network), data.hash, settings.optimizer.kind, settings.batchSize],
      ...[split.training.length, split.validation.length, options.splitSeed ?? 0],
      ...(options.stratified === false ? ['not stratified'] : []),
      ...(augmentation.length === 0 ? [] : [JSON.stringify(augmentation)]),
      ...(mode === 'fast' ? ['fast mode'] : []),
    ]);
    const checkpoint = await latestCheckpoint(trial, content);
    const step = stepFor(network, data, settings, augmentation, computation);
    const kind = `${tensorflowKind(computation)}; ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
    const kinds = [...new Set([...(checkpoint?.kinds ?? []), kind])];

    const report = await train({
      step,
      data,
      split,
      settings,
      seed: trial.seed,
      initial: initialState(network, step.stateSizes, checkpoint?.seed ?? trial.seed),
      checkpoint,
      observer: {
        signal: trial.signal,
        epoch: ({ epoch, accuracy, loss, trainingLoss }) =>
          trial.report(epoch, { accuracy, loss, trainingLoss }),
        shouldStop: () => trial.shouldStop(),
        checkpoint: (saved) =>
          trial.checkpoint.save(encodeCheckpoint({ ...saved, content, kinds }), saved.step),
      },
    });
    trial.setAttribute('training', { kinds, mode, epochs: report.epoch, weights: hashState(step.read()) });
    if (options.saveModel === true) await saveModel(trial, network, step.read(), data);
    const { accuracy, loss, trainingLoss } = report;
    return {
      ...{ ...costs, accuracy, loss, trainingLoss },
      ...(options.test === true ? { testAccuracy: evaluate(step, split.test).accuracy } : {}),
    };
  }
  return evaluateClassifier;
}

/** The state that a training with this seed begins with: random kernels, slots of the optimiser at zero. */
export function initialState(
  network: NetworkGraph,
  sizes: ReadonlyMap<string, number>,
  seed: string,
): TrainingState {
  try {
    const values = initialValues(networkParameters(network), fork(rngFromSeed(seed), 'initial'));
    return new Map([...sizes].map(([name, size]) => [name, values.get(name) ?? new Float32Array(size)]));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const { parameters } = networkCost(network);
    throw new TrainingError(
      'OutOfMemory',
      `The ${parameters} parameters of the network and their optimiser's slots do not fit into memory: use a smaller network.`,
      { cause: error },
    );
  }
}

// A process evaluates one trial after the other: data and splits stay, and so do the last compiled steps, because a
// search over hyper-parameters trains the same network again and again.
const dataSets = new Map<string, Promise<TrainingData>>();
const splits = new Map<string, Split>();
const steps = new Map<string, CompiledStep>();
const keptSteps = 2;
const keptDataSets = 4;

function computationOf({
  mode = 'repeatable',
  threads = mode === 'fast' ? availableParallelism() : 1,
  parallelism,
}: TrainClassifierOptions): SettledComputation {
  return settledComputation({ threads, mode, parallelism });
}

function dataOf(
  { dataset, folder }: TrainClassifierOptions,
  computation: Computation,
  signal: AbortSignal,
): Promise<TrainingData> {
  if (typeof dataset === 'object' && 'images' in dataset) {
    checkDataSet(dataset);
    return Promise.resolve(dataset);
  }
  const key = JSON.stringify([dataset, folder]);
  if (!dataSets.has(key)) {
    const [oldest] = dataSets.keys();
    if (oldest !== undefined && dataSets.size >= keptDataSets) dataSets.delete(oldest);
  }
  const opened = kept(dataSets, key, () =>
    openDataSet(dataset, { computation, signal, ...(folder === undefined ? {} : { folder }) }),
  );
  // What failed, for want of a network perhaps, is tried again by the next trial.
  opened.catch(() => dataSets.delete(key));
  return opened;
}

function splitOf(options: TrainClassifierOptions, data: TrainingData): Split {
  const { trainingExamples, splitSeed = 0, stratified = true } = options;
  const own = data.testFrom ?? data.labels.length;
  const validation = options.validationExamples ?? Math.floor(own / 10);
  const key = JSON.stringify([data.hash, trainingExamples, validation, splitSeed, stratified]);
  const sizes = {
    validation,
    stratified,
    ...(trainingExamples === undefined ? {} : { training: trainingExamples }),
  };
  return kept(splits, key, () => splitData(data, sizes, fork(rngFromSeed(splitSeed), 'split')));
}

function stepFor(
  network: NetworkGraph,
  data: TrainingData,
  { optimizer, clipNorm, weightDecay, labelSmoothing }: TrainingSettings,
  augmentation: AugmentationPolicy,
  computation: SettledComputation,
): CompiledStep {
  const nesterov = optimizer.kind === 'sgd' && optimizer.nesterov === true;
  const form = { clips: clipNorm !== null, decays: weightDecay > 0, smooths: labelSmoothing > 0 };
  const { threads, mode, parallelism } = computation;
  const key = hashJson([
    ...[JSON.stringify(network), data.hash, isStreamed(data)],
    ...[optimizer.kind, nesterov, form, JSON.stringify(augmentation), threads, mode, parallelism],
  ]);
  const known = steps.get(key);
  if (known !== undefined) {
    // The most recently used ones come last.
    steps.delete(key);
    steps.set(key, known);
    known.retune(optimizer);
    return known;
  }
  for (const [oldKey, old] of [...steps].slice(0, Math.max(0, steps.size - keptSteps + 1))) {
    old.close();
    steps.delete(oldKey);
  }
  const step = new CompiledStep({ network, data, optimizer, augmentation, ...form, ...computation });
  steps.set(key, step);
  return step;
}

function networkOf(
  options: TrainClassifierOptions,
  data: TrainingData,
  parameters: Json,
  context: TrainingTrial['context'],
): NetworkGraph {
  const found =
    options.network === undefined
      ? findNetwork([parameters, ...Object.values(context).reverse()])
      : options.network(parameters, context);
  if (!isPlainObject(found)) {
    throw new TrainingError(
      'BadInput',
      'No network was found among the parameters: give an object with "builder" or "nodes", or the option "network" of trainClassifier.',
    );
  }
  if ('nodes' in found) return parseNetworkGraph(found);
  return buildNetwork({ inputShape: data.imageShape, classes: data.classes, ...found });
}

function findNetwork(places: readonly Json[]): Json | undefined {
  return places
    .flatMap((place) => (isPlainObject(place) ? [place, place['network']] : []))
    .filter((each) => isPlainObject(each))
    .find((each) => 'builder' in each || 'nodes' in each);
}

async function latestCheckpoint(trial: TrainingTrial, content: string): Promise<TrainingCheckpoint | null> {
  const latest = await trial.checkpoint.latest();
  if (latest === null) return null;
  const checkpoint = decodeCheckpoint(readFileSync(latest.path));
  if (checkpoint.content !== content) {
    throw new TrainingError(
      'BadInput',
      'The checkpoint to go on from is of another network, data set, split, batch size, augmentation, optimizer or mode than this trial.',
    );
  }
  return checkpoint;
}

async function saveModel(
  trial: TrainingTrial,
  network: NetworkGraph,
  state: TrainingState,
  data: TrainingData,
): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'duramen-model-'));
  try {
    writeSavedModel(folder, network, state, data);
    for (const name of ['saved_model.pb', 'network.json']) {
      await trial.saveArtifact(name, path.join(folder, name));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function kept<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

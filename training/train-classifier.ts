import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { isPlainJson, isPlainObject } from '../foundation/json/index.js';
import { fork, hashJson, rngFromSeed } from '../foundation/numbers/index.js';
import { initialValues, networkParameters } from '../networks/index.js';
import {
  graphHash,
  networkCost,
  type NetworkGraph,
  simplifyGraph,
  withOutputDropout,
} from '../networks/network-graph/index.js';
import type { LimitedTrainingTrial, TrainClassifierOptions, TrainingTrial } from './classifier-options.js';
import type { TrainingData } from './data/data-set.js';
import { beyondLimit } from './metric-limits.js';
import type { MetricLimits } from './metric-limits.js';
import { keptData, keptSplit, keptStep } from './kept-trainings.js';
import { writeSavedModel } from './saved-model.js';
import type { TrainingState } from './step/training-step.js';
import { settledComputation, tensorflowKind } from './tensorflow.js';
import type { SettledComputation } from './tensorflow.js';
import { evaluate, train } from './trainer.js';
import { decodeCheckpoint, encodeCheckpoint, hashState } from './training-checkpoint.js';
import type { TrainingCheckpoint } from './training-checkpoint.js';
import { TrainingError } from './training-error.js';
import { trainingAugmentation, trainingDropout, trainingSettings } from './training-parameters.js';
import type { SharedMetrics } from './shared-training.js';
import { isSliceTrial } from './slice-trial.js';
import type { SliceTrial } from './slice-trial.js';
import { trainSlice } from './train-slice.js';
import { trialNetwork } from './trial-network.js';

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
  /** A slice of a training whose weights are shared. */
  (parameters: unknown, trial: SliceTrial): Promise<SharedMetrics | UntrainedNetwork>;
  /** What has to be set up on a machine that calls it, so that `duramen run` can say so before the first trial. */
  readonly needs: 'tensorflow';
}

/**
 * An evaluate function that trains a classifier. It reports `accuracy`, `loss` and `trainingLoss` at the end of every
 * epoch (the step is the epoch, from 1), saves checkpoints and goes on from them to the same bits. A loss that is not
 * finite ends the trial as `Diverged`, a network that does not fit as `InvalidArchitecture`. A network whose costs are
 * beyond a limit of the search is not trained. In a search with `weightSharing` the trials are slices of the training of
 * one supernetwork, and `network` makes that of the choices that stand in place of decisions.
 */
export function trainClassifier(options: TrainClassifierOptions): ClassifierTraining {
  const tasks = optionsOfTasks(options);
  async function evaluateClassifier(
    parameters: unknown,
    trial: LimitedTrainingTrial,
  ): Promise<ClassifierMetrics | UntrainedNetwork>;
  async function evaluateClassifier(parameters: unknown, trial: TrainingTrial): Promise<ClassifierMetrics>;
  async function evaluateClassifier(
    parameters: unknown,
    trial: SliceTrial,
  ): Promise<SharedMetrics | UntrainedNetwork>;
  async function evaluateClassifier(
    parameters: unknown,
    trial: (TrainingTrial & { readonly limits?: MetricLimits }) | SliceTrial,
  ): Promise<ClassifierMetrics | SharedMetrics | UntrainedNetwork> {
    if (!isPlainJson(parameters))
      throw new TrainingError('BadInput', 'The parameters of the training are not plain JSON.');
    const computation = computationOf(options);
    if (isSliceTrial(trial)) return trainSlice(tasks, computation, parameters, trial);
    const data = await keptData(options, computation, trial.signal);
    const split = keptSplit(options, data);
    const places = [parameters, ...Object.values(trial.context).reverse()];
    const named = places.flatMap((place) => (isPlainObject(place) ? [place] : []));
    const sources = [...named, { ...options }];
    const settings = trainingSettings(sources, split.training.length);
    const augmentation = trainingAugmentation(sources);
    const whole = withOutputDropout(
      trialNetwork(options, data, parameters, trial.context),
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
    const step = keptStep(network, data, settings, augmentation, computation);
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
  return Object.assign(evaluateClassifier, { needs: 'tensorflow' } as const);
}

/** The options of each task, made once, because what a process keeps goes by them. */
function optionsOfTasks(options: TrainClassifierOptions): readonly TrainClassifierOptions[] {
  return [options, ...(options.furtherTasks ?? []).map((dataset) => ({ ...options, dataset }))];
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

function computationOf({
  mode = 'repeatable',
  threads = mode === 'fast' ? availableParallelism() : 1,
  parallelism,
}: TrainClassifierOptions): SettledComputation {
  return settledComputation({ threads, mode, parallelism });
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

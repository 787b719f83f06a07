import { unreachable } from '../foundation/errors/index.js';
import { embeddingValues } from '../algorithms/contract/index.js';
import type { Json } from '../foundation/json/index.js';
import { isPlainObject } from '../foundation/json/index.js';
import { rngFromSeed } from '../foundation/numbers/index.js';
import type { TrainClassifierOptions } from './classifier-options.js';
import { keptData, keptNetwork, keptSplit, keptSupernetwork } from './kept-trainings.js';
import { MixtureRun, stageOf } from './mixture-run.js';
import { SliceRun } from './shared-training.js';
import type { SharedMetrics } from './shared-training.js';
import type { SliceTrial } from './slice-trial.js';
import { dataFingerprint, embedTask, shippedProbe } from './task-embedding/index.js';
import type { SettledComputation } from './tensorflow.js';
import { TrainingError } from './training-error.js';
import { trainingAugmentation, trainingDropout, trainingSettings } from './training-parameters.js';

/**
 * A slice of a training whose weights all architectures of a search share: the evaluate function of `trainClassifier` for
 * a search with `weightSharing`. Settings of the training are those of the options and of the outer levels, because the
 * decisions of the level are paths of one network. Slices with a stage are those of a mixture. An `embed` slice embeds the
 * data by a probe; its metrics are those of the probe's features with a linear head. `tasks` are the options of each task;
 * a search over one has one.
 */
export async function trainSlice(
  tasks: readonly TrainClassifierOptions[],
  computation: SettledComputation,
  parameters: Json,
  trial: SliceTrial,
): Promise<SharedMetrics | { readonly infeasible: string; readonly metrics: SharedMetrics }> {
  const { slice } = trial;
  const stage = 'stage' in slice ? stageOf(slice.stage) : null;
  const number = slice.kind === 'embed' ? slice.task : stage?.task;
  const options = optionsOfTask(tasks, number);
  const data = await keptData(options, computation, trial.signal);
  const split = keptSplit(options, data);
  if (split.training.every((index) => data.labels[index] === data.labels[split.training[0] ?? 0])) {
    throw new TrainingError(
      'BadInput',
      `All training examples of ${data.name} are of one class, so that there is nothing to tell apart: give it at least two.`,
    );
  }
  if (slice.kind === 'embed') {
    // Not by the seed of the search: searches on the same data shall have the same embedding.
    const rng = rngFromSeed('task embedding');
    const { embedding, loss, accuracy } = await embedTask(
      shippedProbe(slice.probe),
      data,
      split,
      rng,
      trial.signal,
    );
    trial.values(embeddingValues({ embedding, fingerprint: dataFingerprint(data) }));
    return { accuracy, loss };
  }
  const outer = Object.values(trial.context).reverse();
  const sources = [...outer.flatMap((level) => (isPlainObject(level) ? [level] : [])), { ...options }];
  const augmentation = trainingAugmentation(sources);
  if (trainingDropout(sources) > 0) {
    throw new TrainingError(
      'BadInput',
      'Shared weights are trained without the option dropout: write a node of dropout into the network, or leave it out.',
    );
  }
  const { space, genome, reward } = await trial.architecture();
  const { costs } = options;
  if (stage !== null) {
    const context = {
      ...trial.context,
      ...(Object.keys(stage.network).length === 0 ? {} : { stage: stage.network }),
      ...(number === undefined ? {} : { task: { number, classes: data.classes } }),
    };
    const network = keptNetwork(options, data, space, context);
    // A step of the weights sees one half of the examples.
    const settings = trainingSettings(sources, Math.ceil(split.training.length / 2));
    const shared = { network, space, data, split, settings, augmentation, computation, costs };
    const run = new MixtureRun(shared, stage, trial, parameters);
    return slice.kind === 'mix' ? run.mix(slice, genome) : run.evaluate(genome);
  }
  const settings = trainingSettings(sources, split.training.length);
  const network = keptNetwork(options, data, space, trial.context);
  const compiled = keptSupernetwork(network, data, settings, augmentation, computation);
  const shared = { compiled, network, data, split, settings, computation, costs };
  const run = new SliceRun(shared, trial, parameters);
  switch (slice.kind) {
    case 'train':
      return run.train(slice, genome);
    case 'score':
      return run.scores(slice, genome, reward);
    case 'evaluate':
      return run.evaluate(genome);
    case 'mix':
      throw new TrainingError(
        'BadInput',
        `trainClassifier has no slices of kind ${slice.kind} without a stage.`,
      );
    default:
      return unreachable(slice, 'slice');
  }
}

/** The options of a task by its number from 1; a search over one task has no numbers. */
function optionsOfTask(
  tasks: readonly TrainClassifierOptions[],
  number: number | undefined,
): TrainClassifierOptions {
  const options = tasks[(number ?? 1) - 1];
  if (options !== undefined) return options;
  throw new TrainingError(
    'BadInput',
    `The search trains on task ${number ?? 1}, and trainClassifier has ${tasks.length}: give the data sets of the others as 'furtherTasks'.`,
  );
}

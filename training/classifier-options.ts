import type { Json } from '../foundation/json/index.js';
import type { NetworkGraph } from '../networks/network-graph/index.js';
import type { Supernetwork } from '../networks/supernetwork/index.js';
import type { AugmentationPolicyInput } from './augmentation/augmentation-policy.js';
import type { DataSetOptions } from './data/data-set-options.js';
import type { DataSet } from './data/data-set.js';
import type { DataSetName } from './data/named-data-sets.js';
import type { MetricLimits } from './metric-limits.js';
import type { ComputationMode, Parallelism } from './tensorflow.js';
import type { TrainingParameters } from './training-parameters.js';

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
  /**
   * The data sets of the second and further tasks of a search over several (`tasks` of darts); `dataset` is that of the
   * first. All other options hold for all tasks. The network function finds `{ number, classes }` as `task` in its context.
   */
  readonly furtherTasks?: readonly (DataSetName | DataSetOptions | DataSet)[];
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
  readonly network?: (
    parameters: Json,
    context: TrainingTrial['context'],
  ) => NetworkGraph | Supernetwork | Json;
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
   * this up, so a repeatable training never goes on from its checkpoints, and never takes its results over.
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

import type { AugmentationPolicy } from '../augmentation/augmentation-policy.js';
import type { TrainingData } from '../data/data-set.js';
import { checkPath, holds, outcomesOf } from '../../networks/supernetwork/index.js';
import type { Path, Supernetwork, SupernetworkChoice } from '../../networks/supernetwork/index.js';
import { deviceForm } from '../step/device-form.js';
import type { Optimizer, StepNumbers } from '../step/optimizers.js';
import { batchForm } from '../step/step-graph.js';
import type { StepForm } from '../step/step-graph.js';
import {
  asFloats,
  batchFeeds,
  dataFeeds,
  evaluationSums,
  numberFeed,
  prepareBatch,
  readState,
  seedFeeds,
  stateFeeds,
  stateSizes,
} from '../step/step-feeds.js';
import type { EvaluationSums, SeedOf, TrainingState } from '../step/training-step.js';
import { LoadedGraph, loadTensorflow, settledComputation } from '../tensorflow.js';
import type { Computation, Feed } from '../tensorflow.js';
import type { BranchGroup } from './branch-packs.js';
import { SupernetworkGraph } from './supernetwork-graph.js';
import type { SupernetworkForm } from './supernetwork-graph.js';

/** What a supernetwork is compiled for; the numbers of the optimiser may change without compiling again. */
export interface SupernetworkOptions extends Computation, Omit<StepForm, 'parts'> {
  /** A checked supernetwork with one input, the image, and one output, the logits. */
  readonly supernetwork: Supernetwork;
  readonly data: TrainingData;
  readonly optimizer: Optimizer;
  /** Acts on the images of training steps, never on those of evaluations; default: none. */
  readonly augmentation?: AugmentationPolicy;
  /** Trains logits of the choices, too; default: none. */
  readonly architecture?: SupernetworkForm['architecture'];
}

/** A path that was sampled from logits: with what was added to them, and how sharp their shares are. */
export interface SampledPath {
  readonly path: Path;
  /** For the logits of all choices, one choice after the other. */
  readonly noise: Float32Array;
  readonly temperature: number;
}

/** All children of a supernetwork as one TensorFlow graph, of which a run computes those on its paths. */
export interface CompiledSupernetwork {
  /** In the order of the outcomes of a path. */
  readonly choices: readonly SupernetworkChoice[];
  /** Names and sizes of the state: parameters, running averages and slots of the optimiser. */
  readonly stateSizes: ReadonlyMap<string, number>;
  /** Nodes of the whole graph. */
  readonly nodeCount: number;
  /** Takes other numbers of the same kind of optimiser from now on. */
  retune(optimizer: Optimizer): void;
  /** Has the examples of a batch at hand and begins to fetch those of the next, where they are not in memory. */
  prepare(indices: Int32Array, next: Int32Array): Promise<void>;
  /**
   * One step on examples by their indices in the data set: along the gradient of the path, or along the sum of the
   * gradients of several paths, each of which moves running averages in turn. Parameters that no path has stay as they
   * are, with their slots. Returns the mean loss of the paths before the step. Throws `GraphError` for a path that does
   * not fit.
   */
  trainPaths(
    indices: Int32Array,
    numbers: StepNumbers,
    step: number,
    seeds: SeedOf,
    paths: readonly Path[],
  ): number;
  /**
   * A step of the logits along a sampled path (GDAS, Dong and Yang, CVPR 2019, equation 7); returns the mean loss. Needs
   * the option `architecture`.
   */
  trainLogits(
    indices: Int32Array,
    numbers: StepNumbers,
    step: number,
    seeds: SeedOf,
    sampled: SampledPath,
  ): number;
  /** The logits of all choices, one choice after the other. */
  readLogits(): Float32Array;
  /** Sums over examples for the child of a path, batch normalisations by the moments of these examples. */
  evaluate(indices: Int32Array, path: Path): EvaluationSums;
  /** Sets the running averages of the child of a path to the means of the moments of batches. */
  recalibrate(path: Path, batches: readonly Int32Array[]): void;
  read(): TrainingState;
  /** Takes the numbers of the state by name; others in it are left, so that a restricted supernetwork goes on from all. */
  write(state: TrainingState): void;
  close(): void;
}

/** Compiles a supernetwork. Throws `TrainingError` where it does not fit the data set. */
export function compileSupernetwork(options: SupernetworkOptions): CompiledSupernetwork {
  return new LoadedSupernetwork(options);
}

class LoadedSupernetwork implements CompiledSupernetwork {
  readonly choices: readonly SupernetworkChoice[];
  readonly stateSizes: ReadonlyMap<string, number>;
  readonly nodeCount: number;
  private readonly graph: LoadedGraph;
  private readonly written: SupernetworkGraph;
  private readonly data: TrainingData;
  private readonly parts: number;
  private optimizer: Optimizer;

  constructor(private readonly options: SupernetworkOptions) {
    const { supernetwork, data, optimizer } = options;
    const computation = settledComputation(options);
    const binding = loadTensorflow(computation);
    const device = deviceForm(computation, binding.isUsingGpuDevice(), options.kernels);
    this.parts = device.parts;
    this.written = new SupernetworkGraph(supernetwork, { ...options, ...device });
    this.written.write();
    this.choices = this.written.choices;
    this.data = data;
    this.optimizer = optimizer;
    this.stateSizes = stateSizes(this.written.allPacks);
    const { nodes } = this.written.graph;
    this.nodeCount = nodes.length;
    this.graph = new LoadedGraph(binding, nodes);
    this.graph.run(dataFeeds(data), ['data/written']);
    this.graph.run({}, ['sums/cleared']);
  }

  retune(optimizer: Optimizer): void {
    this.optimizer = optimizer;
  }

  async prepare(indices: Int32Array, next: Int32Array): Promise<void> {
    await prepareBatch(this.data, indices, next);
  }

  trainPaths(
    indices: Int32Array,
    numbers: StepNumbers,
    step: number,
    seeds: SeedOf,
    paths: readonly Path[],
  ): number {
    for (const path of paths) checkPath(this.choices, path);
    const fed = numberFeed(this.optimizer, numbers, step);
    const way = paths.length === 1 ? 'train' : 'add';
    const losses = paths.map((path) => {
      const feeds = {
        ...this.pathFeeds(indices, path),
        ...seedFeeds(this.written.uses, seeds, step),
        numbers: fed,
      };
      const [loss] = this.graph.run(feeds, [`${way}/${this.formOf(indices)}/loss`]);
      return loss?.[0] ?? Number.NaN;
    });
    if (way === 'add') this.graph.run({ numbers: fed, touched: this.touched(paths) }, ['stepped']);
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  }

  trainLogits(
    indices: Int32Array,
    numbers: StepNumbers,
    step: number,
    seeds: SeedOf,
    { path, noise, temperature }: SampledPath,
  ): number {
    const { architecture } = this.options;
    if (architecture === undefined) throw new Error('The supernetwork was compiled without logits.');
    checkPath(this.choices, path);
    const feeds = {
      ...this.pathFeeds(indices, path),
      ...seedFeeds(this.written.uses, seeds, step),
      'architecture/numbers': numberFeed(architecture.optimizer, numbers, step),
      'architecture/noise': { type: 'float', sizes: [noise.length], values: noise },
      'architecture/sharpness': { type: 'float', sizes: [], values: Float32Array.of(1 / temperature) },
    } as const;
    const [loss] = this.graph.run(feeds, [`architecture/${this.formOf(indices)}/loss`]);
    return loss?.[0] ?? Number.NaN;
  }

  readLogits(): Float32Array {
    const [logits] = this.written.logits?.groups.flatMap(({ trained }) => trained) ?? [];
    if (logits === undefined) return new Float32Array(0);
    return asFloats(this.graph.run({}, [`value/${logits.pack.variable.name}`])[0]);
  }

  evaluate(indices: Int32Array, path: Path): EvaluationSums {
    checkPath(this.choices, path);
    const fetch = `evaluate/${this.formOf(indices)}/sums`;
    const [sums] = this.graph.run(this.pathFeeds(indices, path), [fetch]);
    return evaluationSums(sums);
  }

  recalibrate(path: Path, batches: readonly Int32Array[]): void {
    checkPath(this.choices, path);
    batches.forEach((indices, i) => {
      // The i-th of n batches counts as much as each before it.
      const share: Feed = { type: 'float', sizes: [], values: Float32Array.of(1 / (i + 1)) };
      this.graph.run({ ...this.pathFeeds(indices, path), share }, [`recalibrate/${this.formOf(indices)}`]);
    });
  }

  read(): TrainingState {
    return readState(this.graph, this.written.allPacks);
  }

  write(state: TrainingState): void {
    this.graph.run(stateFeeds(this.written.allPacks, state), ['state/written']);
  }

  close(): void {
    this.graph.close();
  }

  private pathFeeds(indices: Int32Array, path: Path): Record<string, Feed> {
    const feeds = batchFeeds(this.data, indices);
    if (path.length > 0)
      feeds['path'] = { type: 'int32', sizes: [path.length], values: Int32Array.from(path) };
    return feeds;
  }

  /** For each group of packs 1 if one of the paths has its branch. */
  private touched(paths: readonly Path[]): Feed {
    const { groups } = this.written.packs;
    const outcomes = paths.map((path) => outcomesOf(this.choices, path));
    const isTouched = ({ under }: BranchGroup): boolean =>
      outcomes.some((outcomeOf) => under.every((condition) => holds(condition, outcomeOf)));
    const values = Int32Array.from(groups, (group) => Number(isTouched(group)));
    return { type: 'int32', sizes: [groups.length], values };
  }

  private formOf(indices: Int32Array): ReturnType<typeof batchForm> {
    return batchForm(this.parts, indices.length);
  }
}

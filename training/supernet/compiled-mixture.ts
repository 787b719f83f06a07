import { deviceForm } from '../step/device-form.js';
import type { SupernetworkChoice } from '../../networks/supernetwork/index.js';
import type { Supernetwork } from '../../networks/supernetwork/index.js';
import type { StepNumbers } from '../step/optimizers.js';
import { batchForm } from '../step/step-graph.js';
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
import type { Pack } from '../step/packed-parameters.js';
import { LoadedGraph, loadTensorflow, settledComputation } from '../tensorflow.js';
import type { Computation, Feed, TensorValues } from '../tensorflow.js';
import { MixtureGraph } from './mixture-graph.js';
import type { MixtureForm } from './mixture-graph.js';

/** What a mixture is compiled for. */
export interface MixtureOptions extends Computation, Omit<MixtureForm, 'parts'> {
  /** A checked supernetwork with one input, the image, and one output, the logits of the classes. */
  readonly supernetwork: Supernetwork;
}

/**
 * A supernetwork whose choices are sums of all branches, weighed by the softmax of logits that are trained, too (DARTS, Liu
 * et al., ICLR 2019). The state has the logits of a choice under `architecture/` and its name.
 */
export interface CompiledMixture {
  /** The choices that have logits: sums of picks add all candidates. */
  readonly choices: readonly SupernetworkChoice[];
  readonly stateSizes: ReadonlyMap<string, number>;
  readonly nodeCount: number;
  prepare(indices: Int32Array, next: Int32Array): Promise<void>;
  /** A step of the weights on examples; returns their mean loss before it. */
  trainWeights(indices: Int32Array, numbers: StepNumbers, step: number, seeds: SeedOf): number;
  /** A step of the logits on examples; returns their mean loss before it. The weights stay as they are. */
  trainArchitecture(indices: Int32Array, numbers: StepNumbers, step: number, seeds: SeedOf): number;
  /**
   * A step of the logits on `validation` that looks ahead to the weights after a step of theirs on `training` (DARTS,
   * equation 7); returns the mean loss of `validation` at those. The weights stay as they are, to the bit. Needs the form
   * `secondOrder`.
   */
  trainArchitectureAhead(
    batches: { readonly training: Int32Array; readonly validation: Int32Array },
    numbers: { readonly weights: StepNumbers; readonly architecture: StepNumbers },
    steps: { readonly weights: number; readonly architecture: number },
    seeds: SeedOf,
  ): number;
  /** The gradient of the loss of examples by all logits, choice after choice. */
  slopes(indices: Int32Array, step: number, seeds: SeedOf): Float32Array;
  /** The logits of all choices, one after the other. */
  readLogits(): Float32Array;
  /** Sets the logits alone. */
  writeLogits(logits: Float32Array): void;
  /** What skips are treated with from now on, where the form says so. */
  treatSkips(treatment: SkipNumbers): void;
  /** Sums over examples, batch normalisations by the moments of these. */
  evaluate(indices: Int32Array): EvaluationSums;
  read(): TrainingState;
  /** Takes the numbers of the state by name; others in it are left. */
  write(state: TrainingState): void;
  close(): void;
}

/** The rate of dropout behind skips, and the factor of an auxiliary one. */
export interface SkipNumbers {
  readonly dropout: number;
  readonly auxiliary: number;
}

/** Compiles a mixture. Throws `TrainingError` where the supernetwork does not fit the data set. */
export function compileMixture(options: MixtureOptions): CompiledMixture {
  return new LoadedMixture(options);
}

class LoadedMixture implements CompiledMixture {
  readonly choices: readonly SupernetworkChoice[];
  readonly stateSizes: ReadonlyMap<string, number>;
  readonly nodeCount: number;
  private readonly graph: LoadedGraph;
  private readonly packs: readonly Pack[];
  private readonly uses: readonly string[];
  private readonly parts: number;
  private readonly logits: Pack | null;
  private skips: Record<string, Feed> = {};

  constructor(private readonly options: MixtureOptions) {
    const computation = settledComputation(options);
    const binding = loadTensorflow(computation);
    const device = deviceForm(computation, binding.isUsingGpuDevice(), options.kernels);
    this.parts = device.parts;
    const written = new MixtureGraph(options.supernetwork, { ...options, ...device });
    written.write();
    this.choices = written.choices;
    this.uses = written.uses;
    this.logits = written.architecture.groups.flatMap(({ trained }) => trained)[0]?.pack ?? null;
    this.treatSkips({ dropout: 0, auxiliary: 0 });
    this.packs = [...written.weights.packs, ...written.architecture.packs];
    this.stateSizes = stateSizes(this.packs);
    this.nodeCount = written.graph.nodes.length;
    this.graph = new LoadedGraph(binding, written.graph.nodes);
    this.graph.run(dataFeeds(options.data), ['data/written']);
  }

  async prepare(indices: Int32Array, next: Int32Array): Promise<void> {
    await prepareBatch(this.options.data, indices, next);
  }

  trainWeights(indices: Int32Array, numbers: StepNumbers, step: number, seeds: SeedOf): number {
    return this.run('train', 'loss', this.weightFeed(numbers, step), indices, step, seeds);
  }

  trainArchitecture(indices: Int32Array, numbers: StepNumbers, step: number, seeds: SeedOf): number {
    return this.run('architecture', 'loss', this.architectureFeed(numbers, step), indices, step, seeds);
  }

  trainArchitectureAhead(
    { training, validation }: { readonly training: Int32Array; readonly validation: Int32Array },
    numbers: { readonly weights: StepNumbers; readonly architecture: StepNumbers },
    steps: { readonly weights: number; readonly architecture: number },
    seeds: SeedOf,
  ): number {
    const weights = this.weightFeed(numbers.weights, steps.weights);
    const architecture = this.architectureFeed(numbers.architecture, steps.architecture);
    this.run('second', 'step', weights, training, steps.weights, seeds);
    const loss = this.run('second', 'outer', architecture, validation, steps.architecture, seeds);
    this.run('second', 'plus', weights, training, steps.weights, seeds);
    this.run('second', 'minus', { ...weights, ...architecture }, training, steps.weights, seeds);
    return loss;
  }

  slopes(indices: Int32Array, step: number, seeds: SeedOf): Float32Array {
    const numbers = { learningRate: 0, weightDecay: 0, labelSmoothing: 0, clipNorm: 0 };
    const fed = this.architectureFeed(numbers, step);
    return asFloats(this.fetch('architecture', 'slopes', fed, indices, step, seeds));
  }

  readLogits(): Float32Array {
    const { logits } = this;
    return logits === null
      ? new Float32Array(0)
      : asFloats(this.graph.run({}, [`value/${logits.variable.name}`])[0]);
  }

  writeLogits(values: Float32Array): void {
    const { logits } = this;
    if (logits === null) return;
    const { name, sizes } = logits.variable;
    this.graph.run({ [`new/${name}`]: { type: 'float', sizes, values } }, ['logits/written']);
  }

  treatSkips({ dropout, auxiliary }: SkipNumbers): void {
    const { skipDropout, auxiliarySkip } = this.options;
    const one = (value: number): Feed => ({ type: 'float', sizes: [], values: Float32Array.of(value) });
    this.skips = {
      ...(skipDropout === true ? { 'skips/dropout': one(dropout) } : {}),
      ...(auxiliarySkip === true ? { 'skips/auxiliary': one(auxiliary) } : {}),
    };
  }

  evaluate(indices: Int32Array): EvaluationSums {
    const fetch = `evaluate/${this.formOf(indices)}/sums`;
    const [sums] = this.graph.run({ ...this.skips, ...batchFeeds(this.options.data, indices) }, [fetch]);
    return evaluationSums(sums);
  }

  read(): TrainingState {
    return readState(this.graph, this.packs);
  }

  write(state: TrainingState): void {
    this.graph.run(stateFeeds(this.packs, state), ['state/written']);
  }

  close(): void {
    this.graph.close();
  }

  private weightFeed(numbers: StepNumbers, step: number): Record<string, Feed> {
    return { numbers: numberFeed(this.options.optimizer, numbers, step) };
  }

  private architectureFeed(numbers: StepNumbers, step: number): Record<string, Feed> {
    return { 'architecture/numbers': numberFeed(this.options.architectureOptimizer, numbers, step) };
  }

  private run(...run: Parameters<LoadedMixture['fetch']>): number {
    return this.fetch(...run)?.[0] ?? Number.NaN;
  }

  private fetch(
    way: 'train' | 'architecture' | 'second',
    what: 'loss' | 'slopes' | 'step' | 'outer' | 'plus' | 'minus',
    numbers: Record<string, Feed>,
    indices: Int32Array,
    step: number,
    seeds: SeedOf,
  ): TensorValues | undefined {
    const feeds = {
      ...batchFeeds(this.options.data, indices),
      ...seedFeeds(this.uses, seeds, step),
      ...this.skips,
      ...numbers,
    };
    return this.graph.run(feeds, [`${way}/${this.formOf(indices)}/${what}`])[0];
  }

  private formOf(indices: Int32Array): ReturnType<typeof batchForm> {
    return batchForm(this.parts, indices.length);
  }
}

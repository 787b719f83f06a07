import { deviceForm } from '../step/device-form.js';
import type { SupernetworkChoice } from '../../networks/supernetwork/index.js';
import type { Supernetwork } from '../../networks/supernetwork/index.js';
import type { StepNumbers } from '../step/optimizers.js';
import { batchForm } from '../step/step-graph.js';
import {
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
import type { Computation, Feed } from '../tensorflow.js';
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
  /** Sums over examples, batch normalisations by the moments of these. */
  evaluate(indices: Int32Array): EvaluationSums;
  read(): TrainingState;
  /** Takes the numbers of the state by name; others in it are left. */
  write(state: TrainingState): void;
  close(): void;
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

  constructor(private readonly options: MixtureOptions) {
    const computation = settledComputation(options);
    const binding = loadTensorflow(computation);
    const device = deviceForm(computation, binding.isUsingGpuDevice(), options.kernels);
    this.parts = device.parts;
    const written = new MixtureGraph(options.supernetwork, { ...options, ...device });
    written.write();
    this.choices = written.choices;
    this.uses = written.uses;
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
    const fed = numberFeed(this.options.optimizer, numbers, step);
    return this.step('train', { numbers: fed }, indices, step, seeds);
  }

  trainArchitecture(indices: Int32Array, numbers: StepNumbers, step: number, seeds: SeedOf): number {
    const fed = numberFeed(this.options.architectureOptimizer, numbers, step);
    return this.step('architecture', { 'architecture/numbers': fed }, indices, step, seeds);
  }

  evaluate(indices: Int32Array): EvaluationSums {
    const fetch = `evaluate/${this.formOf(indices)}/sums`;
    const [sums] = this.graph.run(batchFeeds(this.options.data, indices), [fetch]);
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

  private step(
    way: 'train' | 'architecture',
    numbers: Record<string, Feed>,
    indices: Int32Array,
    step: number,
    seeds: SeedOf,
  ): number {
    const feeds = {
      ...batchFeeds(this.options.data, indices),
      ...seedFeeds(this.uses, seeds, step),
      ...numbers,
    };
    const [loss] = this.graph.run(feeds, [`${way}/${this.formOf(indices)}/loss`]);
    return loss?.[0] ?? Number.NaN;
  }

  private formOf(indices: Int32Array): ReturnType<typeof batchForm> {
    return batchForm(this.parts, indices.length);
  }
}

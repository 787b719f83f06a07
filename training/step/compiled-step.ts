import type { AugmentationPolicy } from '../augmentation/augmentation-policy.js';
import type { TrainingData } from '../data/data-set.js';
import type { NetworkGraph } from '../../networks/network-graph/index.js';
import { deviceForm } from './device-form.js';
import { fedNumberCount, fedNumbers } from './optimizers.js';
import type { Optimizer, StepNumbers } from './optimizers.js';
import { batchForm, StepGraph } from './step-graph.js';
import type { StepForm } from './step-graph.js';
import {
  asFloats,
  batchFeeds,
  dataFeeds,
  evaluationSums,
  numberFeed,
  prepareBatch,
  readState,
  seedFeeds,
  seedValues,
  stateFeeds,
  stateSizes,
} from './step-feeds.js';
import { worthwhileFrom } from './steps-per-call.js';
import type { Pack } from './packed-parameters.js';
import { LoadedGraph, loadTensorflow, settledComputation } from '../tensorflow.js';
import type { Feed } from '../tensorflow.js';
import type { Computation } from '../tensorflow.js';
import type { EvaluationSums, SeedOf, SeveralSteps, TrainingState, TrainingStep } from './training-step.js';

/** What a compiled step is made for; the numbers of the optimiser may change without compiling again. */
export interface CompiledStepOptions extends Computation, Omit<StepForm, 'parts'> {
  /** A checked graph with one input, the image, and one output, the logits. */
  readonly network: NetworkGraph;
  readonly data: TrainingData;
  readonly optimizer: Optimizer;
  /** Acts on the images of training steps, never on those of evaluations; default: none. */
  readonly augmentation?: AugmentationPolicy;
}

/**
 * A training step as one TensorFlow graph with the data set, the network, its gradients and the optimiser inside. A
 * call feeds only indices, seeds and a few numbers, and the images of a batch when the data set is streamed. Batches
 * may have any size.
 */
export class CompiledStep implements TrainingStep {
  readonly stateSizes: ReadonlyMap<string, number>;
  /** Nodes of the whole graph. */
  readonly nodeCount: number;
  readonly several?: SeveralSteps;
  private readonly graph: LoadedGraph;
  private readonly packs: readonly Pack[];
  private readonly uses: readonly string[];
  private readonly data: TrainingData;
  private readonly parts: number;
  private optimizer: Optimizer;

  constructor(options: CompiledStepOptions) {
    const { network, data, optimizer, augmentation } = options;
    const computation = settledComputation(options);
    const binding = loadTensorflow(computation);
    const device = deviceForm(computation, binding.isUsingGpuDevice(), options.kernels);
    this.parts = device.parts;
    const form = { ...options, ...device };
    const writer = new StepGraph(network, data, optimizer, form, augmentation);
    writer.write();
    this.packs = writer.packs;
    this.uses = writer.uses;
    this.data = data;
    this.optimizer = optimizer;
    this.stateSizes = stateSizes(this.packs);
    this.nodeCount = writer.graph.nodes.length;
    this.graph = new LoadedGraph(binding, writer.graph.nodes);
    this.graph.run(dataFeeds(data), ['data/written']);
    const count = writer.stepsPerCall;
    if (count > 1) this.several = { count, worthwhileFrom, train: (...told) => this.trainSeveral(...told) };
  }

  /** Takes other numbers of the same kind of optimiser from now on. */
  retune(optimizer: Optimizer): void {
    this.optimizer = optimizer;
  }

  train(indices: Int32Array, numbers: StepNumbers, step: number, seeds: SeedOf): number {
    const feeds = {
      ...batchFeeds(this.data, indices),
      ...seedFeeds(this.uses, seeds, step),
      numbers: numberFeed(this.optimizer, numbers, step),
    };
    const [loss] = this.graph.run(feeds, [`train/${this.formOf(indices)}/loss`]);
    return loss?.[0] ?? Number.NaN;
  }

  private trainSeveral(
    indices: Int32Array,
    numbers: readonly StepNumbers[],
    first: number,
    seeds: SeedOf,
  ): readonly number[] {
    const { uses } = this;
    const count = numbers.length;
    const batchSize = indices.length / count;
    if (batchSize < this.parts) {
      return numbers.map((each, i) =>
        this.train(indices.slice(i * batchSize, (i + 1) * batchSize), each, first + i, seeds),
      );
    }
    const fed = new Float32Array(count * fedNumberCount);
    numbers.forEach((each, i) => fed.set(fedNumbers(this.optimizer, each, first + i), i * fedNumberCount));
    const feeds: Record<string, Feed> = {
      'steps/indices': { type: 'int32', sizes: [count, batchSize], values: indices },
      'steps/numbers': { type: 'float', sizes: [count, fedNumberCount], values: fed },
    };
    if (uses.length > 0) {
      const values = seedValues(uses, seeds, first, count);
      feeds['steps/seeds'] = { type: 'int32', sizes: [count, uses.length, 2], values };
    }
    const [losses] = this.graph.run(feeds, ['steps/losses']);
    return [...asFloats(losses)];
  }

  evaluate(indices: Int32Array): EvaluationSums {
    const [sums] = this.graph.run(batchFeeds(this.data, indices), [`evaluate/${this.formOf(indices)}/sums`]);
    return evaluationSums(sums);
  }

  async prepare(indices: Int32Array, next: Int32Array): Promise<void> {
    await prepareBatch(this.data, indices, next);
  }

  private formOf(indices: Int32Array): ReturnType<typeof batchForm> {
    return batchForm(this.parts, indices.length);
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
}

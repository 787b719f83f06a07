import type { DataSet } from './data/data-set.js';
import type { NetworkGraph } from './network-graph.js';
import { elementCount } from './network-graph/shape-inference.js';
import { fedNumberCount, fedNumbers } from './optimizers.js';
import type { Optimizer, StepNumbers } from './optimizers.js';
import { StepGraph } from './step-graph.js';
import type { GraphVariable } from './tensorflow-graph/graph-writer.js';
import { LoadedGraph, loadTensorflow } from './tensorflow.js';
import type { EvaluationSums, SeedOf, TrainingState, TrainingStep } from './training-step.js';

/** What a compiled step is made for; the numbers of the optimiser may change without compiling again. */
export interface CompiledStepOptions {
  /** A checked graph with one input, the image, and one output, the logits. */
  readonly network: NetworkGraph;
  readonly data: DataSet;
  readonly optimizer: Optimizer;
  /** Whether gradients are clipped by their common norm. */
  readonly clips: boolean;
  /** Threads of TensorFlow in this process. */
  readonly threads: number;
}

/**
 * A training step as one TensorFlow graph: the data set, the network, its gradients and the optimiser inside, only
 * indices, seeds and a few numbers are fed. Batches may have any size.
 */
export class CompiledStep implements TrainingStep {
  readonly stateSizes: ReadonlyMap<string, number>;
  /** Nodes of the whole graph. */
  readonly nodeCount: number;
  private readonly graph: LoadedGraph;
  private readonly variables: readonly GraphVariable[];
  private readonly uses: readonly string[];
  private optimizer: Optimizer;

  constructor({ network, data, optimizer, clips, threads }: CompiledStepOptions) {
    const binding = loadTensorflow(threads);
    const writer = new StepGraph(network, data, optimizer, clips);
    writer.write();
    this.variables = writer.variables;
    this.uses = writer.uses;
    this.optimizer = optimizer;
    this.stateSizes = new Map(this.variables.map(({ name, sizes }) => [name, elementCount(sizes)]));
    this.nodeCount = writer.graph.nodes.length;
    this.graph = new LoadedGraph(binding, writer.graph.nodes);
    const { images, labels, imageShape } = data;
    this.graph.run(
      {
        'data/newImages': { type: 'uint8', sizes: [labels.length, ...imageShape], values: images },
        'data/newLabels': { type: 'int32', sizes: [labels.length], values: labels },
      },
      ['data/written'],
    );
  }

  /** Takes other numbers of the same kind of optimiser from now on. */
  retune(optimizer: Optimizer): void {
    this.optimizer = optimizer;
  }

  train(indices: Int32Array, numbers: StepNumbers, step: number, seeds: SeedOf): number {
    const { uses } = this;
    const [loss] = this.graph.run(
      {
        indices: { type: 'int32', sizes: [indices.length], values: indices },
        numbers: {
          type: 'float',
          sizes: [fedNumberCount],
          values: fedNumbers(this.optimizer, numbers, step),
        },
        ...(uses.length === 0
          ? {}
          : {
              seeds: {
                type: 'int32',
                sizes: [uses.length, 2],
                values: Int32Array.from(uses.flatMap((use) => [seeds(use), step])),
              },
            }),
      },
      ['train/loss'],
    );
    return loss?.[0] ?? Number.NaN;
  }

  evaluate(indices: Int32Array): EvaluationSums {
    const [sums] = this.graph.run({ indices: { type: 'int32', sizes: [indices.length], values: indices } }, [
      'evaluate/sums',
    ]);
    return { loss: sums?.[0] ?? Number.NaN, correct: sums?.[1] ?? Number.NaN };
  }

  read(): TrainingState {
    const values = this.graph.run(
      {},
      this.variables.map(({ name }) => `value/${name}`),
    );
    return new Map(this.variables.map(({ name }, i) => [name, asFloats(values[i])]));
  }

  write(state: TrainingState): void {
    const feeds = this.variables.map(({ name, sizes }) => {
      const values = state.get(name);
      if (values?.length !== elementCount(sizes))
        throw new Error(`The state has no ${name} of the right size.`);
      return [`new/${name}`, { type: 'float', sizes, values: values.slice() }] as const;
    });
    this.graph.run(Object.fromEntries(feeds), ['state/written']);
  }

  close(): void {
    this.graph.close();
  }
}

function asFloats(values: unknown): Float32Array {
  if (values instanceof Float32Array) return values;
  throw new Error('TensorFlow returned no floats.');
}

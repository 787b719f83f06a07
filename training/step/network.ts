import { inferShapes, pooledNormalizations, shapeOf } from '../../networks/network-graph/index.js';
import type {
  NetworkGraph,
  NetworkNode,
  NodeOf,
  Operation,
  PooledNormalization,
  Shape,
} from '../../networks/network-graph/index.js';
import { extentOf, normalizedMaxima, operationWriters, signOfScale } from '../operations/index.js';
import type { AverageUpdate, NetworkMode, WrittenNode } from '../operations/index.js';
import { activation } from '../tensorflow-graph/activation-operations.js';
import { product } from '../tensorflow-graph/basic-operations.js';
import type { Parts } from '../tensorflow-graph/batch-parts.js';
import type { Value } from '../tensorflow-graph/graph-writer.js';
import { some } from '../tensorflow-graph/non-empty-list.js';
import type { NonEmptyList } from '../tensorflow-graph/non-empty-list.js';
import type { Tape } from '../tensorflow-graph/tape.js';

/** What a network computes. */
export interface NetworkOutputs {
  /** Values of the graph's outputs, in its order. */
  readonly outputs: readonly Parts[];
  readonly averageUpdates: readonly AverageUpdate[];
}

/** What a network computes with. */
export interface NetworkValues {
  /** Values of the graph's inputs by name, with the batch first; all of them in as many parts. */
  readonly inputs: Readonly<Record<string, Parts>>;
  readonly parameter: (name: string) => Value;
}

/**
 * Writes the nodes that compute a network, for each part of the batch on its own: only the moments of a batch
 * normalisation come from all parts.
 */
export function writeNetwork(
  tape: Tape,
  graph: NetworkGraph,
  values: NetworkValues,
  mode: NetworkMode,
): NetworkOutputs {
  return new NetworkWriter(tape, graph, values, mode).write();
}

class NetworkWriter {
  private readonly shapes: ReadonlyMap<string, Shape>;
  private readonly values: Map<string, Parts>;
  private readonly parameter: (name: string) => Value;
  private readonly averageUpdates: AverageUpdate[] = [];

  constructor(
    private readonly tape: Tape,
    private readonly graph: NetworkGraph,
    { inputs, parameter }: NetworkValues,
    private readonly mode: NetworkMode,
  ) {
    this.shapes = inferShapes(graph);
    this.values = new Map(Object.entries(inputs));
    this.parameter = parameter;
  }

  write(): NetworkOutputs {
    const { graph, mode, values } = this;
    const isDivided = mode.kind === 'training' && mode.batch.count > 1;
    const chains = isDivided ? pooledNormalizations(graph) : [];
    const chainOf = new Map(chains.flatMap((chain) => Object.values(chain).map(({ name }) => [name, chain])));
    for (const node of graph.nodes) {
      const chain = chainOf.get(node.name);
      if (chain === undefined) values.set(node.name, this.writeNode(node));
      // A chain is written when its last node comes; nothing else uses the values on the way.
      else if (node.name === chain.pooling.name) values.set(node.name, this.writeChain(chain));
    }
    return {
      outputs: graph.outputs.map((name) => this.valueOf(name)),
      averageUpdates: this.averageUpdates,
    };
  }

  // A maximum of normalised values is that of the values where the scale is not negative. A negative one moves its sign into
  // the convolution.
  private writeChain({
    convolution,
    normalization,
    activation: active,
    pooling,
  }: PooledNormalization): Parts {
    const { tape, parameter } = this;
    const normalized = this.written(normalization);
    const sign = signOfScale(normalized);
    const signed = (name: string): Value =>
      sign === null ? parameter(name) : product(tape, parameter(name), sign);
    const images = this.writeNode(convolution, signed);
    const pool = { ...pooling.attributes, extent: extentOf(shapeOf(pooling.name, this.shapes)) };
    const normal = normalizedMaxima(normalized, images, sign, pool);
    return some(normal.map((part) => activation(tape, active.attributes.function, part)));
  }

  private writeNode<O extends Operation>(node: NodeOf<O>, parameter = this.parameter): Parts {
    return operationWriters[node.op].write(this.written(node, parameter), this.inputsOf(node));
  }

  private written<O extends Operation>(node: NodeOf<O>, parameter = this.parameter): WrittenNode<O> {
    const { tape, shapes, mode, averageUpdates } = this;
    return {
      tape,
      node,
      shape: shapeOf(node.name, shapes),
      parameter: (what) => parameter(`${node.name}/${what}`),
      mode,
      moveAverage: (update) => averageUpdates.push(update),
    };
  }

  private inputsOf({ inputs }: Pick<NetworkNode, 'inputs'>): NonEmptyList<Parts> {
    return some(inputs.map((name) => this.valueOf(name)));
  }

  private valueOf(name: string): Parts {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`The network has no value ${JSON.stringify(name)}.`);
    return value;
  }
}

/** Every use of random numbers in the training of a network, by the name of its node. */
export function randomUses(graph: NetworkGraph): readonly string[] {
  return graph.nodes.filter(isRandom).map(({ name }) => name);
}

/** Whether the training of a node takes random numbers. */
export function isRandom<O extends Operation>(node: NodeOf<O>): boolean {
  return operationWriters[node.op].isRandom?.(node.attributes) ?? false;
}

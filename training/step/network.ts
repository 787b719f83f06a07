import {
  imageInput,
  inferShapes,
  inputShapes,
  type NetworkGraph,
  type NetworkNode,
  type PooledNormalization,
  pooledNormalizations,
  type Shape,
  shapeOf,
} from '../../networks/network-graph/index.js';
import { activation } from '../tensorflow-graph/activation-operations.js';
import { int, type } from '../tensorflow-graph/attribute.js';
import {
  addBias,
  concatenate,
  matrixProduct,
  product,
  reshape,
  scaleChannels,
  size,
  sumOf,
} from '../tensorflow-graph/basic-operations.js';
import type { BatchParts, Parts } from '../tensorflow-graph/batch-parts.js';
import type { Value } from '../tensorflow-graph/graph-writer.js';
import {
  averagePooling,
  convolution,
  depthwiseConvolution,
  everyPixel,
  factorizedReduction,
  globalAverage,
  maximumPooling,
  resized,
} from '../tensorflow-graph/image-operations.js';
import type { Pool } from '../tensorflow-graph/image-operations.js';
import { some } from '../tensorflow-graph/non-empty-list.js';
import type { NonEmptyList } from '../tensorflow-graph/non-empty-list.js';
import {
  normalizeBatch,
  normalizeByAverages,
  normalizeMaxima,
  normalizeLayer,
} from '../tensorflow-graph/normalization-operations.js';
import type { Tape } from '../tensorflow-graph/tape.js';

/** A running average and the value of this batch that moves it. */
export interface AverageUpdate {
  readonly parameter: string;
  readonly batchValue: Value;
  /** Share of the average that is kept. */
  readonly momentum: number;
}

/** What a network computes. */
export interface NetworkOutputs {
  /** Values of the graph's outputs, in its order. */
  readonly outputs: readonly Parts[];
  readonly averageUpdates: readonly AverageUpdate[];
}

/** How a network is run: for training, random masks are made from a seed of each use. */
export type NetworkMode =
  | { readonly kind: 'inference' }
  /**
   * `seedOf` gives the seed (two integers) of the random numbers of one use, named by its node; `batch` tells how the
   * batch is divided.
   */
  | { readonly kind: 'training'; readonly seedOf: (use: string) => Value; readonly batch: BatchParts };

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
      if (chain === undefined) values.set(node.name, this.writerOf(node).write(this.inputsOf(node)));
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
    const writer = this.writerOf(normalization);
    const sign = writer.signOfScale(normalization.attributes);
    const signed = (name: string): Value =>
      sign === null ? parameter(name) : product(tape, parameter(name), sign);
    const images = this.writerOf(convolution, signed).write(this.inputsOf(convolution));
    const [height = 1, width = 1] = shapeOf(pooling.name, this.shapes);
    const pool = { ...pooling.attributes, extent: [height, width] } as const;
    const normal = writer.normalizedMaxima(images, normalization.attributes, sign, pool);
    return some(normal.map((part) => activation(tape, active.attributes.function, part)));
  }

  private writerOf(node: NetworkNode, parameter = this.parameter): NodeWriter {
    const { tape, shapes, mode, averageUpdates } = this;
    return new NodeWriter(
      tape,
      node,
      inputShapes(node, shapes),
      shapeOf(node.name, shapes),
      (what) => parameter(`${node.name}/${what}`),
      mode,
      averageUpdates,
    );
  }

  private inputsOf({ inputs }: NetworkNode): NonEmptyList<Parts> {
    return some(inputs.map((name) => this.valueOf(name)));
  }

  private valueOf(name: string): Parts {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`The network has no value ${JSON.stringify(name)}.`);
    return value;
  }
}

type NormalizationAttributes = Extract<NetworkNode, { op: 'batchNormalization' }>['attributes'];

class NodeWriter {
  constructor(
    private readonly tape: Tape,
    private readonly node: NetworkNode,
    private readonly inputShapes: readonly Shape[],
    private readonly shape: Shape,
    private readonly parameter: (what: string) => Value,
    private readonly mode: NetworkMode,
    private readonly averageUpdates: AverageUpdate[],
  ) {}

  write(inputs: NonEmptyList<Parts>): Parts {
    const { node } = this;
    const [input] = inputs;
    switch (node.op) {
      case 'batchNormalization':
        return this.batchNormalization(input, node.attributes);
      case 'dropout':
        return this.dropped(input, node.attributes.rate, input[0].sizes);
      case 'dropPath':
        return this.dropped(input, node.attributes.rate, [-1, ...this.shape.map(() => 1)]);
      default:
        return some(
          input.map((_part, i) => this.writePart(node, some(inputs.map((parts) => partOf(parts, i))))),
        );
    }
  }

  private writePart(
    node: Exclude<NetworkNode, { op: 'batchNormalization' | 'dropout' | 'dropPath' }>,
    inputs: NonEmptyList<Value>,
  ): Value {
    const { tape, parameter } = this;
    const [input] = inputs;
    switch (node.op) {
      case 'convolution': {
        const { groups, bias } = node.attributes;
        const kernel = parameter('kernel');
        return this.biased(convolution(tape, input, kernel, node.attributes, this.extent(), groups), bias);
      }
      case 'depthwiseConvolution': {
        const output = depthwiseConvolution(tape, input, parameter('kernel'), node.attributes, this.extent());
        return this.biased(output, node.attributes.bias);
      }
      case 'separableConvolution': {
        const kernel = parameter('depthwiseKernel');
        const spatial = depthwiseConvolution(tape, input, kernel, node.attributes, this.extent());
        return this.biased(this.pointwise(spatial, 'pointwiseKernel'), node.attributes.bias);
      }
      case 'factorizedReduction':
        return factorizedReduction(
          tape,
          input,
          parameter('kernel'),
          parameter('shiftedKernel'),
          this.extent(),
        );
      case 'maxPooling':
        return maximumPooling(tape, input, { ...node.attributes, extent: this.extent() });
      case 'averagePooling':
        return averagePooling(tape, input, { ...node.attributes, extent: this.extent() });
      case 'resize':
        return resized(tape, input, this.extent());
      case 'identity':
        return input;
      case 'zero':
        return this.zeros(input, node.attributes.stride);
      case 'layerNormalization':
        return normalizeLayer(
          tape,
          input,
          this.scaleAndOffset(input, node.attributes),
          node.attributes.epsilon,
        );
      case 'dense':
        return this.biased(matrixProduct(tape, input, parameter('kernel')), node.attributes.bias);
      case 'globalAveragePooling':
        return globalAverage(tape, input);
      case 'flatten':
        return reshape(tape, input, [-1, ...this.shape]);
      case 'activation':
        return activation(tape, node.attributes.function, input);
      case 'squeezeExcite': {
        const { channels } = imageInput(node, this.inputShapes);
        const mean = globalAverage(tape, input);
        const inner = addBias(
          tape,
          matrixProduct(tape, mean, parameter('squeezeKernel')),
          parameter('squeezeBias'),
        );
        const active = activation(tape, node.attributes.activation, inner);
        const outer = addBias(
          tape,
          matrixProduct(tape, active, parameter('exciteKernel')),
          parameter('exciteBias'),
        );
        const gate = activation(tape, node.attributes.gate, outer);
        return scaleChannels(tape, input, reshape(tape, gate, [-1, 1, 1, channels]));
      }
      case 'add':
        return sumOf(tape, inputs);
      case 'concatenate':
        return concatenate(tape, inputs);
      default: {
        const never: never = node;
        throw new Error(`Unknown node ${JSON.stringify(never)}.`);
      }
    }
  }

  private extent(): readonly [number, number] {
    const [height = 1, width = 1] = this.shape;
    return [height, width];
  }

  private biased(value: Value, hasBias: boolean): Value {
    return hasBias ? addBias(this.tape, value, this.parameter('bias')) : value;
  }

  private pointwise(image: Value, kernel: string): Value {
    const windows = { stride: 1, padding: 'same', dilation: 1 } as const;
    return convolution(this.tape, image, this.parameter(kernel), windows, this.extent());
  }

  private zeros(input: Value, stride: number): Value {
    const { graph } = this.tape;
    const sizes = [-1, ...this.shape];
    if (stride === 1) return graph.float('ZerosLike', [input], sizes);
    return graph.float('ZerosLike', [everyPixel(this.tape, input, stride)], sizes);
  }

  private scaleAndOffset(
    input: Value,
    { scale, center }: { readonly scale: boolean; readonly center: boolean },
  ): { readonly scale: Value; readonly offset: Value } {
    const { graph } = this.tape;
    const sizes = [size(input, input.sizes.length - 1)];
    return {
      scale: scale ? this.parameter('scale') : graph.constant('float', sizes, 1),
      offset: center ? this.parameter('offset') : graph.constant('float', sizes, 0),
    };
  }

  private batchNormalization(input: Parts, attributes: NormalizationAttributes): Parts {
    const { mode, tape } = this;
    const { epsilon } = attributes;
    const affine = this.scaleAndOffset(input[0], attributes);
    if (mode.kind === 'inference') {
      const averages = { mean: this.parameter('movingMean'), variance: this.parameter('movingVariance') };
      return some(input.map((part) => normalizeByAverages(tape, part, affine, averages, epsilon)));
    }
    const { outputs, mean, variance } = normalizeBatch(tape, input, affine, epsilon, mode.batch);
    this.moveAverages(attributes, mean, variance);
    return outputs;
  }

  /** −1 for each channel with a negative scale, 1 for the others; null: there is no scale. */
  signOfScale({ scale }: NormalizationAttributes): Value | null {
    if (!scale) return null;
    const { graph } = this.tape;
    const value = this.parameter('scale');
    const isNegative = graph.op(
      'Less',
      [value, graph.number(0)],
      { type: 'bool', sizes: value.sizes },
      { T: type('float') },
    );
    return graph.float('SelectV2', [isNegative, graph.number(-1), graph.number(1)], value.sizes);
  }

  /** The maxima of the normalised images, of which channels with a negative scale come with the other sign. */
  normalizedMaxima(
    images: Parts,
    attributes: NormalizationAttributes,
    sign: Value | null,
    pool: Pool,
  ): Parts {
    const { mode, tape } = this;
    if (mode.kind === 'inference') throw new Error('An inference normalises by running averages.');
    const { scale, offset } = this.scaleAndOffset(images[0], attributes);
    const affine = { scale: sign === null ? scale : product(tape, scale, sign), offset };
    const { epsilon } = attributes;
    const { outputs, mean, variance } = normalizeMaxima(tape, images, pool, affine, epsilon, mode.batch);
    const unsigned = sign === null ? mean : tape.graph.float('Mul', [mean, sign], mean.sizes);
    this.moveAverages(attributes, unsigned, variance);
    return outputs;
  }

  private moveAverages({ momentum }: NormalizationAttributes, mean: Value, variance: Value): void {
    const { name } = this.node;
    this.averageUpdates.push(
      { parameter: `${name}/movingMean`, batchValue: mean, momentum },
      { parameter: `${name}/movingVariance`, batchValue: variance, momentum },
    );
  }

  // Whole entries of `maskSizes` are dropped; the others are scaled so that the expected value stays.
  private dropped(input: Parts, rate: number, maskSizes: readonly number[]): Parts {
    const { mode, tape } = this;
    if (mode.kind === 'inference' || rate === 0) return input;
    const { graph } = tape;
    const sizes = graph.op(
      'ConcatV2',
      [mode.batch.sizeVector(), graph.integers(...maskSizes.slice(1)), graph.integer(0)],
      { type: 'int32', sizes: [maskSizes.length] },
      { T: type('int32'), N: int(2), Tidx: type('int32') },
    );
    const seed = mode.seedOf(this.node.name);
    const random = graph.op(
      'StatelessRandomUniform',
      [sizes, seed],
      { type: 'float', sizes: maskSizes },
      { dtype: type('float'), T: type('int32'), Tseed: type('int32') },
    );
    const kept = graph.op(
      'GreaterEqual',
      [random, graph.number(rate)],
      { type: 'bool', sizes: maskSizes },
      { T: type('float') },
    );
    const ones = graph.op(
      'Cast',
      [kept],
      { type: 'float', sizes: maskSizes },
      { SrcT: type('bool'), DstT: type('float') },
    );
    const mask = graph.float('Mul', [ones, graph.number(1 / (1 - rate))], maskSizes);
    const masks = mode.batch.split(mask);
    // A product with the smaller mask goes through broadcasting; the mask itself needs no gradient.
    return some(input.map((part, i) => product(tape, part, partOf(masks, i))));
  }
}

function partOf(parts: Parts, index: number): Value {
  const part = parts[index];
  if (part === undefined) throw new Error(`A value of the network has no part ${index}.`);
  return part;
}

/** Every use of random numbers in the training of a network, by the name of its node. */
export function randomUses(graph: NetworkGraph): readonly string[] {
  return graph.nodes
    .filter((node) => (node.op === 'dropout' || node.op === 'dropPath') && node.attributes.rate > 0)
    .map(({ name }) => name);
}

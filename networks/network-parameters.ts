import { fork, RandomStream } from '../foundation/numbers/index.js';
import type { Rng } from '../foundation/numbers/index.js';
import type { NetworkGraph, NetworkNode, Shape } from './network-graph/network-graph.js';
import { imageInput, inferShapes, inputShapes, onlyInput } from './network-graph/shape-inference.js';

/** A tensor of a network that lives from step to step. */
export interface NetworkParameter {
  /** Name of the node, a slash and what it is, such as `stem/kernel`. */
  readonly name: string;
  readonly sizes: readonly number[];
  /** Trained by gradients; false: a running average. */
  readonly trained: boolean;
  /** Weight decay acts on it: kernels, but no biases, scales and offsets. */
  readonly decayed: boolean;
  /** A fixed number, or uniform within ±√(3 · gain / inputs), which has the variance gain / inputs. */
  readonly initial: { readonly kind: 'fixed'; readonly value: number } | RandomInitial;
}

interface RandomInitial {
  readonly kind: 'uniform';
  /** Numbers that go into one output. */
  readonly inputs: number;
  readonly gain: number;
}

/** The parameters of a network, in the order of its nodes. Throws `GraphError` where shapes do not fit. */
export function networkParameters(graph: NetworkGraph): readonly NetworkParameter[] {
  const shapes = inferShapes(graph);
  return graph.nodes.flatMap((node) => nodeParameters(node, inputShapes(node, shapes), graph.outputs));
}

function nodeParameters(
  node: NetworkNode,
  inputs: readonly Shape[],
  outputs: readonly string[],
): readonly NetworkParameter[] {
  const kernel = (what: string, sizes: readonly number[], fanIn: number, gain = 2): NetworkParameter => ({
    name: `${node.name}/${what}`,
    sizes,
    trained: true,
    decayed: true,
    initial: { kind: 'uniform', inputs: fanIn, gain },
  });
  const vector = (what: string, length: number, value: number, trained = true): NetworkParameter => ({
    name: `${node.name}/${what}`,
    sizes: [length],
    trained,
    decayed: false,
    initial: { kind: 'fixed', value },
  });
  const bias = (present: boolean, length: number): readonly NetworkParameter[] =>
    present ? [vector('bias', length, 0)] : [];

  switch (node.op) {
    case 'convolution': {
      const { kernel: extent, filters, groups, bias: hasBias } = node.attributes;
      const from = imageInput(node, inputs).channels / groups;
      const sizes = [...extent, from, filters];
      return [kernel('kernel', sizes, extent[0] * extent[1] * from), ...bias(hasBias, filters)];
    }
    case 'depthwiseConvolution': {
      const { kernel: extent, multiplier, bias: hasBias } = node.attributes;
      const { channels } = imageInput(node, inputs);
      const sizes = [...extent, channels, multiplier];
      return [kernel('kernel', sizes, extent[0] * extent[1]), ...bias(hasBias, channels * multiplier)];
    }
    case 'separableConvolution': {
      const { kernel: extent, filters, bias: hasBias } = node.attributes;
      const { channels } = imageInput(node, inputs);
      return [
        kernel('depthwiseKernel', [...extent, channels, 1], extent[0] * extent[1], 1),
        kernel('pointwiseKernel', [1, 1, channels, filters], channels),
        ...bias(hasBias, filters),
      ];
    }
    case 'factorizedReduction': {
      const { channels } = imageInput(node, inputs);
      const { filters } = node.attributes;
      const first = Math.floor(filters / 2);
      return [
        kernel('kernel', [1, 1, channels, first], channels),
        kernel('shiftedKernel', [1, 1, channels, filters - first], channels),
      ];
    }
    case 'batchNormalization':
    case 'layerNormalization': {
      const channels = onlyInput(node, inputs).at(-1) ?? 1;
      const { scale, center } = node.attributes;
      return [
        ...(scale ? [vector('scale', channels, 1)] : []),
        ...(center ? [vector('offset', channels, 0)] : []),
        ...(node.op === 'batchNormalization'
          ? [vector('movingMean', channels, 0, false), vector('movingVariance', channels, 1, false)]
          : []),
      ];
    }
    case 'dense': {
      const [from = 1] = onlyInput(node, inputs);
      const { units, bias: hasBias } = node.attributes;
      const gain = outputs.includes(node.name) ? 1 : 2;
      return [kernel('kernel', [from, units], from, gain), ...bias(hasBias, units)];
    }
    case 'squeezeExcite': {
      const { channels } = imageInput(node, inputs);
      const { units } = node.attributes;
      return [
        kernel('squeezeKernel', [channels, units], channels),
        vector('squeezeBias', units, 0),
        kernel('exciteKernel', [units, channels], units, 1),
        vector('exciteBias', channels, 0),
      ];
    }
    case 'maxPooling':
    case 'averagePooling':
    case 'resize':
    case 'identity':
    case 'zero':
    case 'dropout':
    case 'dropPath':
    case 'globalAveragePooling':
    case 'flatten':
    case 'activation':
    case 'add':
    case 'concatenate':
      return [];
    default: {
      const never: never = node;
      throw new Error(`Unknown node ${JSON.stringify(never)}.`);
    }
  }
}

/** Initial values of parameters: each has a stream of its own, so that a change of one leaves the others. */
export function initialValues(
  parameters: readonly NetworkParameter[],
  rng: Rng,
): ReadonlyMap<string, Float32Array> {
  return new Map(
    parameters.map(({ name, sizes, initial }) => {
      const values = new Float32Array(sizes.reduce((product, size) => product * size, 1));
      if (initial.kind === 'fixed') return [name, values.fill(initial.value)];
      const stream = new RandomStream(fork(rng, name));
      const limit = Math.sqrt((3 * initial.gain) / initial.inputs);
      for (let i = 0; i < values.length; i++) values[i] = limit * (stream.word() / 0x8000_0000 - 1);
      return [name, values];
    }),
  );
}

import { unreachable } from '../../foundation/errors/index.js';
import type { NetworkGraph, NetworkNode, Shape } from './network-graph.js';
import { elementCount, imageInput, inferShapes, inputShapes, onlyInput, shapeOf } from './shape-inference.js';

/** What one node or a whole network costs. */
export interface Cost {
  /** Trained numbers; the running averages of batch normalisation are not among them. */
  readonly parameters: number;
  /**
   * Multiply-adds for one example, counted as in the NAS-Bench-201 tables: a window of k numbers takes k for each
   * output, a normalisation 2 per number (1 without a scale or an offset, 0 without both), an activation 1, a global
   * average one per number it reads, a change of size 4 per number. Biases, sums of branches, concatenation and
   * dropping are free.
   */
  readonly multiplyAdds: number;
}

/** A node with its output shape and cost. */
export interface NodeCost extends Cost {
  readonly node: NetworkNode;
  readonly shape: Shape;
}

export interface NetworkCost extends Cost {
  /** In topological order. */
  readonly nodes: readonly NodeCost[];
}

/** Parameters and multiply-adds of each node and in total. Throws `GraphError` where shapes do not fit. */
export function networkCost(graph: NetworkGraph): NetworkCost {
  const shapes = inferShapes(graph);
  let parameters = 0;
  let multiplyAdds = 0;
  const nodes = graph.nodes.map((node): NodeCost => {
    const shape = shapeOf(node.name, shapes);
    const cost = nodeCost(node, inputShapes(node, shapes), shape);
    parameters += cost.parameters;
    multiplyAdds += cost.multiplyAdds;
    return { node, shape, ...cost };
  });
  return { parameters, multiplyAdds, nodes };
}

/** Parameters and multiply-adds of one node. */
export function nodeCost(node: NetworkNode, inputs: readonly Shape[], output: Shape): Cost {
  const size = elementCount(output);
  const channels = output.at(-1) ?? 1;
  switch (node.op) {
    case 'convolution': {
      const { kernel, groups, filters, bias } = node.attributes;
      const window = (kernel[0] * kernel[1] * imageInput(node, inputs).channels) / groups;
      return { parameters: window * filters + (bias ? filters : 0), multiplyAdds: window * size };
    }
    case 'depthwiseConvolution': {
      const { kernel, bias } = node.attributes;
      const window = kernel[0] * kernel[1];
      return { parameters: window * channels + (bias ? channels : 0), multiplyAdds: window * size };
    }
    case 'separableConvolution': {
      const { kernel, filters, bias } = node.attributes;
      const from = imageInput(node, inputs).channels;
      const window = kernel[0] * kernel[1];
      const pixels = size / filters;
      return {
        parameters: window * from + from * filters + (bias ? filters : 0),
        multiplyAdds: pixels * (window * from + from * filters),
      };
    }
    case 'factorizedReduction': {
      const from = imageInput(node, inputs).channels;
      return { parameters: from * node.attributes.filters, multiplyAdds: from * size };
    }
    case 'maxPooling':
    case 'averagePooling':
      return { parameters: 0, multiplyAdds: node.attributes.kernel[0] * node.attributes.kernel[1] * size };
    case 'resize':
      // Each number is a weighted sum of four.
      return { parameters: 0, multiplyAdds: 4 * size };
    case 'batchNormalization':
    case 'layerNormalization': {
      const perChannel = Number(node.attributes.scale) + Number(node.attributes.center);
      return { parameters: perChannel * channels, multiplyAdds: perChannel * size };
    }
    case 'dense': {
      const { units, bias } = node.attributes;
      const weights = elementCount(onlyInput(node, inputs)) * units;
      return { parameters: weights + (bias ? units : 0), multiplyAdds: weights };
    }
    case 'globalAveragePooling':
      return { parameters: 0, multiplyAdds: elementCount(onlyInput(node, inputs)) };
    case 'activation':
      return { parameters: 0, multiplyAdds: size };
    case 'squeezeExcite': {
      const { units } = node.attributes;
      const weights = 2 * channels * units;
      // The mean of the channels, two dense layers with their activations, the product with the gate.
      return {
        parameters: weights + units + channels,
        multiplyAdds: size + weights + units + channels + size,
      };
    }
    case 'identity':
    case 'zero':
    case 'dropout':
    case 'dropPath':
    case 'flatten':
    case 'add':
    case 'concatenate':
      return { parameters: 0, multiplyAdds: 0 };
    default:
      return unreachable(node, 'node');
  }
}

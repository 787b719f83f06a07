import { elementCount } from '../ground/index.js';
import type { Shape } from '../ground/index.js';
import { operationKinds } from '../operations/index.js';
import type { Operation } from '../operations/index.js';
import type { NetworkGraph, NetworkNode, NodeOf } from './network-graph.js';
import { inferShapes, inputShapes, shapeOf } from './shape-inference.js';

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
export function nodeCost<O extends Operation>(
  node: NodeOf<O>,
  inputs: readonly Shape[],
  output: Shape,
): Cost {
  const { parameters, multiplyAdds } = operationKinds[node.op];
  const trained = parameters(node, inputs, false).filter((parameter) => parameter.trained);
  return {
    parameters: trained.reduce((sum, { sizes }) => sum + elementCount(sizes), 0),
    multiplyAdds: multiplyAdds(node, inputs, output),
  };
}

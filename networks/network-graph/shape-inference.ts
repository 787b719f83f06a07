import { elementCount, GraphError, nodePlace, shapeText } from '../ground/index.js';
import type { Shape } from '../ground/index.js';
import { operationKinds } from '../operations/index.js';
import type { Operation } from '../operations/index.js';
import { topologicalOrder } from './graph-order.js';
import type { NetworkGraph, NetworkNode, NodeOf } from './network-graph.js';

/** Numbers in one tensor at most, so that counts stay exact. */
const tensorLimit = 2 ** 31;

/**
 * The shape of every input and node by name, without the batch.
 * Throws `GraphError` naming the first node whose inputs do not fit it.
 */
export function inferShapes(graph: NetworkGraph): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>(
    Object.entries(graph.inputs).map(([name, { shape }]) => [name, shape]),
  );
  for (const node of topologicalOrder(graph))
    shapes.set(node.name, outputShape(node, inputShapes(node, shapes)));
  return shapes;
}

/** The shapes of a node's inputs. */
export function inputShapes(node: NetworkNode, shapes: ReadonlyMap<string, Shape>): readonly Shape[] {
  return node.inputs.map((input) => shapeOf(input, shapes));
}

/** The shape with this name. */
export function shapeOf(name: string, shapes: ReadonlyMap<string, Shape>): Shape {
  const shape = shapes.get(name);
  if (shape === undefined) throw new Error(`No shape is known for ${JSON.stringify(name)}.`);
  return shape;
}

/** Shape of a node's output for these input shapes. Throws `GraphError`. */
export function outputShape<O extends Operation>(node: NodeOf<O>, inputs: readonly Shape[]): Shape {
  const shape = operationKinds[node.op].outputShape(node, inputs);
  if (elementCount(shape) > tensorLimit) {
    throw new GraphError(
      nodePlace(node.name),
      `its output ${shapeText(shape)} has more than 2³¹ numbers; make the network smaller.`,
    );
  }
  return shape;
}

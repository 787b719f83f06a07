import { GraphError, nodePlace, shapeText } from '../ground/graph-error.js';
import type { ImageShape, Shape } from '../ground/shape.js';
import type { OperationNode } from './operation-node.js';

type Node = OperationNode<unknown>;

/** The only input of a node. Throws `GraphError`. */
export function onlyInput(node: Node, inputs: readonly Shape[]): Shape {
  const [shape] = inputs;
  if (shape === undefined || inputs.length !== 1) {
    refuseNode(node, `${node.op} takes exactly one input, not ${inputs.length}.`);
  }
  return shape;
}

/** The only input of a node, as an image. Throws `GraphError`. */
export function imageInput(node: Node, inputs: readonly Shape[]): ImageShape {
  const shape = onlyInput(node, inputs);
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined) {
    refuseNode(
      node,
      `${node.op} needs an image (height × width × channels), but its input ${inputName(node, 0)} is ${shapeText(shape)}.`,
    );
  }
  return { height, width, channels };
}

/** The two or more inputs of a node. Throws `GraphError`. */
export function severalInputs(node: Node, inputs: readonly Shape[]): readonly [Shape, ...Shape[]] {
  const [first, ...others] = inputs;
  if (first === undefined || others.length === 0) {
    refuseNode(node, `${node.op} takes two or more inputs, not ${inputs.length}.`);
  }
  return [first, ...others];
}

/** The name of one of a node's inputs, in quotes. */
export function inputName(node: Node, index: number): string {
  return JSON.stringify(node.inputs[index] ?? '');
}

/** Throws a `GraphError` that names the node. */
export function refuseNode(node: Node, sentence: string): never {
  throw new GraphError(nodePlace(node.name), sentence);
}

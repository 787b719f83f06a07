import { shapeText } from '../ground/graph-error.js';
import type { Shape } from '../ground/shape.js';
import { inputName, refuseNode, severalInputs } from './node-inputs.js';
import { withoutAttributes, withoutMultiplyAdds, withoutParameters, withoutWork } from './operation-kind.js';
import type { NoAttributes, OperationKind } from './operation-kind.js';
import type { OperationNode } from './operation-node.js';
import { elementwiseWork } from './operation-work.js';

export const add: OperationKind<NoAttributes> = {
  readAttributes: withoutAttributes,
  outputShape: (node, inputs) => {
    const [first, ...others] = severalInputs(node, inputs);
    others.forEach((other, i) => {
      if (!sameSizes(first, other)) refuseShapes(node, first, other, i + 1, 'add needs inputs of one shape');
    });
    return first;
  },
  parameters: withoutParameters,
  multiplyAdds: withoutMultiplyAdds,
  acceleratorWork: elementwiseWork,
  keepsZeros: () => true,
  label: () => 'add',
  family: 'joining',
};

export const concatenate: OperationKind<NoAttributes> = {
  readAttributes: withoutAttributes,
  outputShape: (node, inputs) => {
    const [first, ...others] = severalInputs(node, inputs);
    if (first.length === 0) refuseNode(node, 'concatenate needs tensors with at least one axis.');
    const leading = first.slice(0, -1);
    others.forEach((other, i) => {
      if (other.length !== first.length || !sameSizes(leading, other.slice(0, -1))) {
        const need = 'concatenate needs inputs that differ in their last axis only';
        refuseShapes(node, first, other, i + 1, need);
      }
    });
    return [...leading, inputs.reduce((sum, shape) => sum + (shape.at(-1) ?? 0), 0)];
  },
  parameters: withoutParameters,
  multiplyAdds: withoutMultiplyAdds,
  acceleratorWork: withoutWork,
  keepsZeros: () => true,
  label: () => 'concatenate',
  family: 'joining',
};

function sameSizes(one: Shape, other: Shape): boolean {
  return one.length === other.length && one.every((size, i) => size === other[i]);
}

function refuseShapes(
  node: OperationNode<unknown>,
  first: Shape,
  other: Shape,
  index: number,
  need: string,
): never {
  const names = [inputName(node, 0), inputName(node, index)];
  refuseNode(node, `${need}, but ${names[0]} is ${shapeText(first)} and ${names[1]} is ${shapeText(other)}.`);
}

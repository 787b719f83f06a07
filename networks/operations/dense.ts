import { shapeText } from '../ground/graph-error.js';
import { elementCount } from '../ground/shape.js';
import { biasOf, kernelOf } from './network-parameter.js';
import { inputName, onlyInput, refuseNode } from './node-inputs.js';
import type { OperationKind } from './operation-kind.js';

export interface DenseAttributes {
  readonly units: number;
  readonly bias: boolean;
}

export const dense: OperationKind<DenseAttributes> = {
  readAttributes: (fields) => ({ units: fields.count('units'), bias: fields.flag('bias', true) }),
  outputShape: (node, inputs) => {
    const shape = onlyInput(node, inputs);
    if (shape.length !== 1) {
      refuseNode(
        node,
        `dense needs a vector, but its input ${inputName(node, 0)} is ${shapeText(shape)}; put flatten or globalAveragePooling before it.`,
      );
    }
    return [node.attributes.units];
  },
  parameters: (node, inputs, isOutput) => {
    const features = elementCount(onlyInput(node, inputs));
    const { units } = node.attributes;
    // An activation halves the variance, so the kernel makes up for it; none follows an output.
    const gain = isOutput ? 1 : 2;
    return [kernelOf(node, 'kernel', [features, units], features, gain), ...biasOf(node, units)];
  },
  multiplyAdds: (node, inputs) => elementCount(onlyInput(node, inputs)) * node.attributes.units,
  acceleratorWork: (node, inputs) => {
    const features = elementCount(onlyInput(node, inputs));
    return [{ kind: 'matrixProduct', inputs: features, outputs: node.attributes.units }];
  },
  keepsZeros: ({ bias }) => !bias,
  label: ({ units }) => `dense, ${units} units`,
  family: 'weights',
};

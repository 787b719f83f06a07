import { elementCount } from '../ground/shape.js';
import { imageInput, onlyInput } from './node-inputs.js';
import { withoutAttributes, withoutMultiplyAdds, withoutParameters, withoutWork } from './operation-kind.js';
import type { NoAttributes, OperationKind } from './operation-kind.js';

// Operations that compute nothing: the same numbers, in another shape, or zeros.

export const identity: OperationKind<NoAttributes> = {
  readAttributes: withoutAttributes,
  outputShape: onlyInput,
  parameters: withoutParameters,
  multiplyAdds: withoutMultiplyAdds,
  acceleratorWork: withoutWork,
  keepsZeros: () => true,
  label: () => 'identity',
  family: 'other',
};

export const flatten: OperationKind<NoAttributes> = {
  readAttributes: withoutAttributes,
  outputShape: (node, inputs) => [elementCount(onlyInput(node, inputs))],
  parameters: withoutParameters,
  multiplyAdds: withoutMultiplyAdds,
  acceleratorWork: withoutWork,
  keepsZeros: () => true,
  label: () => 'flatten',
  family: 'other',
};

/** Zeros in the shape of the input, its height and width divided by `stride` and rounded up. */
export interface ZeroAttributes {
  readonly stride: number;
}

export const zero: OperationKind<ZeroAttributes> = {
  readAttributes: (fields) => ({ stride: fields.count('stride', 1) }),
  outputShape: (node, inputs) => {
    const { stride } = node.attributes;
    if (stride === 1) return onlyInput(node, inputs);
    const { height, width, channels } = imageInput(node, inputs);
    return [Math.ceil(height / stride), Math.ceil(width / stride), channels];
  },
  parameters: withoutParameters,
  multiplyAdds: withoutMultiplyAdds,
  acceleratorWork: withoutWork,
  keepsZeros: () => true,
  label: ({ stride }) => (stride === 1 ? 'zero' : `zero, stride ${stride}`),
  family: 'other',
};

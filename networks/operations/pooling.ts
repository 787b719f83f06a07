import { elementCount } from '../ground/shape.js';
import { imageInput, onlyInput } from './node-inputs.js';
import { withoutAttributes, withoutParameters } from './operation-kind.js';
import type { NoAttributes, OperationKind } from './operation-kind.js';
import { elementwiseWork } from './operation-work.js';
import { readWindow, windowSize, windowsOf, windowText } from './windows.js';
import type { WindowAttributes } from './windows.js';

export type PoolingAttributes = WindowAttributes;

export const maxPooling = pooling('max pooling');

export const averagePooling = pooling('average pooling');

function pooling(name: string): OperationKind<PoolingAttributes> {
  return {
    readAttributes: readWindow,
    outputShape: (node, inputs) => [...windowsOf(node, inputs), imageInput(node, inputs).channels],
    parameters: withoutParameters,
    multiplyAdds: ({ attributes }, _inputs, output) => windowSize(attributes) * elementCount(output),
    acceleratorWork: elementwiseWork,
    keepsZeros: () => true,
    label: (attributes) => `${name} ${windowText(attributes)}`,
    family: 'pooling',
  };
}

export const globalAveragePooling: OperationKind<NoAttributes> = {
  readAttributes: withoutAttributes,
  outputShape: (node, inputs) => [imageInput(node, inputs).channels],
  parameters: withoutParameters,
  multiplyAdds: (node, inputs) => elementCount(onlyInput(node, inputs)),
  acceleratorWork: elementwiseWork,
  keepsZeros: () => true,
  label: () => 'global average pooling',
  family: 'pooling',
};

export interface ResizeAttributes {
  readonly height: number;
  readonly width: number;
}

export const resize: OperationKind<ResizeAttributes> = {
  readAttributes: (fields) => ({ height: fields.count('height'), width: fields.count('width') }),
  outputShape: (node, inputs) => {
    const { height, width } = node.attributes;
    return [height, width, imageInput(node, inputs).channels];
  },
  parameters: withoutParameters,
  // Each number is a weighted sum of four.
  multiplyAdds: (_node, _inputs, output) => 4 * elementCount(output),
  acceleratorWork: elementwiseWork,
  keepsZeros: () => true,
  label: ({ height, width }) => `resize to ${height} × ${width}`,
  family: 'pooling',
};

import { elementCount } from '../ground/shape.js';
import type { ActivationFunction } from './activations.js';
import { activationFunctions } from './activations.js';
import { kernelOf, vectorOf } from './network-parameter.js';
import { imageInput, onlyInput } from './node-inputs.js';
import type { OperationKind } from './operation-kind.js';

/** Scales each channel by gate(dense(activation(dense(mean of the channel)))); both dense layers have a bias. */
export interface SqueezeExciteAttributes {
  /** Units of the inner dense layer. */
  readonly units: number;
  readonly activation: ActivationFunction;
  readonly gate: 'sigmoid' | 'hardSigmoid';
}

export const squeezeExcite: OperationKind<SqueezeExciteAttributes> = {
  readAttributes: (fields) => ({
    units: fields.count('units'),
    activation: fields.choice('activation', activationFunctions, 'relu'),
    gate: fields.choice('gate', ['sigmoid', 'hardSigmoid'], 'sigmoid'),
  }),
  outputShape: (node, inputs) => {
    imageInput(node, inputs);
    return onlyInput(node, inputs);
  },
  parameters: (node, inputs) => {
    const { channels } = imageInput(node, inputs);
    const { units } = node.attributes;
    return [
      kernelOf(node, 'squeezeKernel', [channels, units], channels),
      vectorOf(node, 'squeezeBias', units, 0),
      kernelOf(node, 'exciteKernel', [units, channels], units, 1),
      vectorOf(node, 'exciteBias', channels, 0),
    ];
  },
  multiplyAdds: (node, inputs, output) => {
    const { channels } = imageInput(node, inputs);
    const { units } = node.attributes;
    const size = elementCount(output);
    // The mean of the channels, two dense layers with their activations, the product with the gate.
    return size + 2 * channels * units + units + channels + size;
  },
  acceleratorWork: (node, inputs, output) => {
    const { channels } = imageInput(node, inputs);
    const { units } = node.attributes;
    const size = elementCount(output);
    return [
      { kind: 'elementwise', wordsIn: size, wordsOut: channels },
      { kind: 'matrixProduct', inputs: channels, outputs: units },
      { kind: 'matrixProduct', inputs: units, outputs: channels },
      { kind: 'elementwise', wordsIn: size + channels, wordsOut: size },
    ];
  },
  keepsZeros: () => true,
  label: ({ units }) => `squeeze and excite, ${units} units`,
  family: 'weights',
};

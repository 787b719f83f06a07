import { elementCount } from '../ground/shape.js';
import { onlyInput } from './node-inputs.js';
import { withoutParameters, withoutWork } from './operation-kind.js';
import type { OperationKind } from './operation-kind.js';

export const activationFunctions = ['relu', 'relu6', 'silu', 'hardSwish', 'gelu', 'tanh', 'sigmoid'] as const;

/** `gelu` is the exact one, by the error function. */
export type ActivationFunction = (typeof activationFunctions)[number];

export interface ActivationAttributes {
  readonly function: ActivationFunction;
}

export const activation: OperationKind<ActivationAttributes> = {
  readAttributes: (fields) => ({ function: fields.choice('function', activationFunctions) }),
  outputShape: onlyInput,
  parameters: withoutParameters,
  multiplyAdds: (_node, _inputs, output) => elementCount(output),
  acceleratorWork: withoutWork,
  keepsZeros: (attributes) => attributes.function !== 'sigmoid',
  label: (attributes) => attributes.function,
  family: 'other',
};

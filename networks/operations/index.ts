export { activationFunctions } from './activations.js';
export type { ActivationAttributes, ActivationFunction } from './activations.js';
export type {
  ConvolutionAttributes,
  DepthwiseConvolutionAttributes,
  FactorizedReductionAttributes,
  SeparableConvolutionAttributes,
} from './convolutions.js';
export type { DenseAttributes } from './dense.js';
export type { RateAttributes } from './dropping.js';
export type { NetworkParameter } from './network-parameter.js';
export { imageInput, onlyInput } from './node-inputs.js';
export type { BatchNormalizationAttributes, LayerNormalizationAttributes } from './normalizations.js';
export type { NoAttributes, OperationFamily, OperationKind } from './operation-kind.js';
export { operationKinds, operations } from './operation-list.js';
export type { Operation, OperationAttributes } from './operation-list.js';
export type { OperationNode } from './operation-node.js';
export type { ConvolutionWork, OperationWork } from './operation-work.js';
export type { PoolingAttributes, ResizeAttributes } from './pooling.js';
export type { ZeroAttributes } from './rearrangements.js';
export type { SqueezeExciteAttributes } from './squeeze-excite.js';
export type { Extent, Padding } from './windows.js';

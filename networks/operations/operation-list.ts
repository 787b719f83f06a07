import { activation } from './activations.js';
import type { ActivationAttributes } from './activations.js';
import {
  convolution,
  depthwiseConvolution,
  factorizedReduction,
  separableConvolution,
} from './convolutions.js';
import type {
  ConvolutionAttributes,
  DepthwiseConvolutionAttributes,
  FactorizedReductionAttributes,
  SeparableConvolutionAttributes,
} from './convolutions.js';
import { dense } from './dense.js';
import type { DenseAttributes } from './dense.js';
import { dropout, dropPath } from './dropping.js';
import type { RateAttributes } from './dropping.js';
import { add, concatenate } from './joining.js';
import { batchNormalization, layerNormalization } from './normalizations.js';
import type { BatchNormalizationAttributes, LayerNormalizationAttributes } from './normalizations.js';
import type { NoAttributes, OperationKind } from './operation-kind.js';
import { averagePooling, globalAveragePooling, maxPooling, resize } from './pooling.js';
import type { PoolingAttributes, ResizeAttributes } from './pooling.js';
import { channels, flatten, identity, shuffleChannels, zero } from './rearrangements.js';
import type { ChannelsAttributes, ShuffleAttributes, ZeroAttributes } from './rearrangements.js';
import { squeezeExcite } from './squeeze-excite.js';
import type { SqueezeExciteAttributes } from './squeeze-excite.js';

/** What each operation needs beside its inputs. */
export interface OperationAttributes {
  readonly convolution: ConvolutionAttributes;
  /** One filter stack per channel; `multiplier` output channels for each input channel. */
  readonly depthwiseConvolution: DepthwiseConvolutionAttributes;
  /** A depthwise convolution followed by a 1 × 1 convolution; the bias belongs to the latter. */
  readonly separableConvolution: SeparableConvolutionAttributes;
  readonly maxPooling: PoolingAttributes;
  /** With padding `same` only the pixels inside the image are averaged. */
  readonly averagePooling: PoolingAttributes;
  readonly factorizedReduction: FactorizedReductionAttributes;
  /** The image at another size, bilinearly between the centres of its pixels. */
  readonly resize: ResizeAttributes;
  readonly identity: NoAttributes;
  readonly zero: ZeroAttributes;
  readonly channels: ChannelsAttributes;
  readonly shuffleChannels: ShuffleAttributes;
  readonly batchNormalization: BatchNormalizationAttributes;
  /** Normalises each position over its channels. */
  readonly layerNormalization: LayerNormalizationAttributes;
  readonly dropout: RateAttributes;
  /** Drops the whole tensor of an example with probability `rate` and scales the others by 1 / (1 − rate). */
  readonly dropPath: RateAttributes;
  readonly dense: DenseAttributes;
  readonly globalAveragePooling: NoAttributes;
  readonly flatten: NoAttributes;
  readonly activation: ActivationAttributes;
  readonly squeezeExcite: SqueezeExciteAttributes;
  /** The sum of two or more tensors of one shape. */
  readonly add: NoAttributes;
  /** Two or more tensors joined along their last axis. */
  readonly concatenate: NoAttributes;
}

export type Operation = keyof OperationAttributes;

/** Everything that a network knows of its operations, by name. */
export const operationKinds: { readonly [O in Operation]: OperationKind<OperationAttributes[O]> } = {
  convolution,
  depthwiseConvolution,
  separableConvolution,
  maxPooling,
  averagePooling,
  factorizedReduction,
  resize,
  identity,
  zero,
  batchNormalization,
  layerNormalization,
  dropout,
  dropPath,
  dense,
  globalAveragePooling,
  flatten,
  activation,
  squeezeExcite,
  add,
  concatenate,
  channels,
  shuffleChannels,
};

/** The names of all operations that a graph may use. */
export const operations = Object.keys(operationKinds) as readonly Operation[];

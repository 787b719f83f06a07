import { shapeText } from '../ground/graph-error.js';
import { elementCount } from '../ground/shape.js';
import type { Shape } from '../ground/shape.js';
import type { NetworkParameter } from './network-parameter.js';
import { vectorOf } from './network-parameter.js';
import { onlyInput, refuseNode } from './node-inputs.js';
import { withoutWork } from './operation-kind.js';
import type { OperationKind } from './operation-kind.js';
import type { OperationNode } from './operation-node.js';
import { elementwiseWork } from './operation-work.js';

interface AffineAttributes {
  readonly scale: boolean;
  readonly center: boolean;
}

export interface BatchNormalizationAttributes extends AffineAttributes {
  readonly epsilon: number;
  /** Share of the running averages that is kept at each training step. */
  readonly momentum: number;
}

export const batchNormalization: OperationKind<BatchNormalizationAttributes> = {
  readAttributes: (fields) => ({
    epsilon: fields.positive('epsilon', 1e-5),
    momentum: fields.rate('momentum', 0.9),
    scale: fields.flag('scale', true),
    center: fields.flag('center', true),
  }),
  outputShape: normalizedShape,
  parameters: (node, inputs) => {
    const channels = channelCount(node, inputs);
    return [
      ...scaleAndOffset(node, inputs),
      vectorOf(node, 'movingMean', channels, 0, false),
      vectorOf(node, 'movingVariance', channels, 1, false),
    ];
  },
  multiplyAdds: affineMultiplyAdds,
  acceleratorWork: withoutWork,
  keepsZeros: ({ center }) => !center,
  label: () => 'batch normalization',
  family: 'other',
};

export interface LayerNormalizationAttributes extends AffineAttributes {
  readonly epsilon: number;
}

export const layerNormalization: OperationKind<LayerNormalizationAttributes> = {
  readAttributes: (fields) => ({
    epsilon: fields.positive('epsilon', 1e-5),
    scale: fields.flag('scale', true),
    center: fields.flag('center', true),
  }),
  outputShape: normalizedShape,
  parameters: scaleAndOffset,
  multiplyAdds: affineMultiplyAdds,
  acceleratorWork: elementwiseWork,
  keepsZeros: ({ center }) => !center,
  label: () => 'layer normalization',
  family: 'other',
};

function normalizedShape(node: OperationNode<unknown>, inputs: readonly Shape[]): Shape {
  const shape = onlyInput(node, inputs);
  if (shape.length === 0)
    refuseNode(node, `${node.op} needs channels, but its input is ${shapeText(shape)}.`);
  return shape;
}

function channelCount(node: OperationNode<unknown>, inputs: readonly Shape[]): number {
  return onlyInput(node, inputs).at(-1) ?? 1;
}

function scaleAndOffset(
  node: OperationNode<AffineAttributes>,
  inputs: readonly Shape[],
): readonly NetworkParameter[] {
  const channels = channelCount(node, inputs);
  const { scale, center } = node.attributes;
  return [
    ...(scale ? [vectorOf(node, 'scale', channels, 1)] : []),
    ...(center ? [vectorOf(node, 'offset', channels, 0)] : []),
  ];
}

function affineMultiplyAdds(
  { attributes: { scale, center } }: OperationNode<AffineAttributes>,
  _inputs: readonly Shape[],
  output: Shape,
): number {
  return (Number(scale) + Number(center)) * elementCount(output);
}

import { elementCount } from '../ground/shape.js';
import { biasOf, kernelOf } from './network-parameter.js';
import { imageInput, refuseNode } from './node-inputs.js';
import type { OperationKind } from './operation-kind.js';
import { extentOf, pointwiseWork } from './operation-work.js';
import { readWindow, windowSize, windowsOf, windowText } from './windows.js';
import type { WindowAttributes } from './windows.js';

export interface ConvolutionAttributes extends WindowAttributes {
  readonly filters: number;
  readonly dilation: number;
  readonly groups: number;
  readonly bias: boolean;
}

export const convolution: OperationKind<ConvolutionAttributes> = {
  readAttributes: (fields) => ({
    filters: fields.count('filters'),
    ...readWindow(fields),
    dilation: fields.count('dilation', 1),
    groups: fields.count('groups', 1),
    bias: fields.flag('bias', true),
  }),
  outputShape: (node, inputs) => {
    const { filters, groups } = node.attributes;
    const { channels } = imageInput(node, inputs);
    if (channels % groups !== 0)
      refuseNode(node, `${channels} input channels do not divide into ${groups} groups.`);
    if (filters % groups !== 0) refuseNode(node, `${filters} filters do not divide into ${groups} groups.`);
    return [...windowsOf(node, inputs), filters];
  },
  parameters: (node, inputs) => {
    const { kernel, filters, groups } = node.attributes;
    const from = imageInput(node, inputs).channels / groups;
    const sizes = [...kernel, from, filters];
    return [kernelOf(node, 'kernel', sizes, windowSize(node.attributes) * from), ...biasOf(node, filters)];
  },
  multiplyAdds: (node, inputs, output) => {
    const { channels } = imageInput(node, inputs);
    return ((windowSize(node.attributes) * channels) / node.attributes.groups) * elementCount(output);
  },
  acceleratorWork: (node, inputs, output) => {
    const { kernel, stride, dilation, filters, groups } = node.attributes;
    const channels = imageInput(node, inputs).channels / groups;
    const windows = { output: extentOf(output), kernel, stride, dilation };
    return [{ kind: 'convolution', ...windows, channels, filters: filters / groups, times: groups }];
  },
  keepsZeros: ({ bias }) => !bias,
  label: ({ filters, groups, ...windows }) =>
    `convolution ${windowText(windows)}, ${filters} filters${groups > 1 ? `, ${groups} groups` : ''}`,
  family: 'weights',
};

export interface DepthwiseConvolutionAttributes extends WindowAttributes {
  readonly multiplier: number;
  readonly dilation: number;
  readonly bias: boolean;
}

export const depthwiseConvolution: OperationKind<DepthwiseConvolutionAttributes> = {
  readAttributes: (fields) => ({
    multiplier: fields.count('multiplier', 1),
    ...readWindow(fields),
    dilation: fields.count('dilation', 1),
    bias: fields.flag('bias', true),
  }),
  outputShape: (node, inputs) => {
    const { channels } = imageInput(node, inputs);
    return [...windowsOf(node, inputs), channels * node.attributes.multiplier];
  },
  parameters: (node, inputs) => {
    const { kernel, multiplier } = node.attributes;
    const { channels } = imageInput(node, inputs);
    const sizes = [...kernel, channels, multiplier];
    return [
      kernelOf(node, 'kernel', sizes, windowSize(node.attributes)),
      ...biasOf(node, channels * multiplier),
    ];
  },
  multiplyAdds: ({ attributes }, _inputs, output) => windowSize(attributes) * elementCount(output),
  acceleratorWork: (node, inputs, output) => {
    const { kernel, stride, dilation, multiplier } = node.attributes;
    const windows = { output: extentOf(output), kernel, stride, dilation };
    const times = imageInput(node, inputs).channels;
    return [{ kind: 'convolution', ...windows, channels: 1, filters: multiplier, times }];
  },
  keepsZeros: ({ bias }) => !bias,
  label: (attributes) => `depthwise convolution ${windowText(attributes)}`,
  family: 'weights',
};

export interface SeparableConvolutionAttributes extends WindowAttributes {
  readonly filters: number;
  readonly dilation: number;
  readonly bias: boolean;
}

export const separableConvolution: OperationKind<SeparableConvolutionAttributes> = {
  readAttributes: (fields) => ({
    filters: fields.count('filters'),
    ...readWindow(fields),
    dilation: fields.count('dilation', 1),
    bias: fields.flag('bias', true),
  }),
  outputShape: (node, inputs) => [...windowsOf(node, inputs), node.attributes.filters],
  parameters: (node, inputs) => {
    const { kernel, filters } = node.attributes;
    const { channels } = imageInput(node, inputs);
    return [
      kernelOf(node, 'depthwiseKernel', [...kernel, channels, 1], windowSize(node.attributes), 1),
      kernelOf(node, 'pointwiseKernel', [1, 1, channels, filters], channels),
      ...biasOf(node, filters),
    ];
  },
  multiplyAdds: (node, inputs, output) => {
    const { filters } = node.attributes;
    const { channels } = imageInput(node, inputs);
    const pixels = elementCount(output) / filters;
    return pixels * (windowSize(node.attributes) * channels + channels * filters);
  },
  acceleratorWork: (node, inputs, output) => {
    const { kernel, stride, dilation, filters } = node.attributes;
    const { channels } = imageInput(node, inputs);
    const windows = { output: extentOf(output), kernel, stride, dilation };
    return [
      { kind: 'convolution', ...windows, channels: 1, filters: 1, times: channels },
      pointwiseWork(output, channels, filters, 1),
    ];
  },
  keepsZeros: ({ bias }) => !bias,
  label: ({ filters, ...windows }) => `separable convolution ${windowText(windows)}, ${filters} filters`,
  family: 'weights',
};

/**
 * Halves height and width (rounded up) without skipping pixels: ⌊filters / 2⌋ channels are a 1 × 1 convolution of
 * stride 2 of the image, the others one of the image moved one pixel up and to the left, zeros entering.
 */
export interface FactorizedReductionAttributes {
  readonly filters: number;
}

export const factorizedReduction: OperationKind<FactorizedReductionAttributes> = {
  readAttributes: (fields) => ({ filters: fields.count('filters', undefined, 2) }),
  outputShape: (node, inputs) => {
    const { height, width } = imageInput(node, inputs);
    return [Math.ceil(height / 2), Math.ceil(width / 2), node.attributes.filters];
  },
  parameters: (node, inputs) => {
    const { channels } = imageInput(node, inputs);
    const [first, second] = halves(node.attributes.filters);
    return [
      kernelOf(node, 'kernel', [1, 1, channels, first], channels),
      kernelOf(node, 'shiftedKernel', [1, 1, channels, second], channels),
    ];
  },
  multiplyAdds: (node, inputs, output) => imageInput(node, inputs).channels * elementCount(output),
  acceleratorWork: (node, inputs, output) => {
    const { channels } = imageInput(node, inputs);
    return halves(node.attributes.filters).map((filters) => pointwiseWork(output, channels, filters, 2));
  },
  keepsZeros: () => true,
  label: ({ filters }) => `factorized reduction, ${filters} filters`,
  family: 'weights',
};

function halves(filters: number): readonly [number, number] {
  const first = Math.floor(filters / 2);
  return [first, filters - first];
}

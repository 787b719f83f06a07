import { elementCount } from '../ground/shape.js';
import { imageInput, onlyInput, refuseNode } from './node-inputs.js';
import { withoutAttributes, withoutMultiplyAdds, withoutParameters, withoutWork } from './operation-kind.js';
import type { NoAttributes, OperationKind } from './operation-kind.js';

// Operations that compute nothing: the same numbers or some of them, in another shape or order, or zeros.

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

/** Neighbouring channels of the input, along its last axis. */
export interface ChannelsAttributes {
  /** The first of them, from 0. */
  readonly start: number;
  readonly count: number;
}

export const channels: OperationKind<ChannelsAttributes> = {
  readAttributes: (fields) => ({ start: fields.count('start', 0, 0), count: fields.count('count') }),
  outputShape: (node, inputs) => {
    const { start, count } = node.attributes;
    const shape = onlyInput(node, inputs);
    const all = shape.at(-1) ?? 0;
    if (start + count > all)
      refuseNode(node, `it takes ${count} channels from ${start} on, and its input has ${all}.`);
    return [...shape.slice(0, -1), count];
  },
  parameters: withoutParameters,
  multiplyAdds: withoutMultiplyAdds,
  acceleratorWork: withoutWork,
  keepsZeros: () => true,
  label: ({ start, count }) => `channels ${start} to ${start + count - 1}`,
  family: 'other',
};

/** The channels of so many equal groups in turn: the first of each group, then the second of each. */
export interface ShuffleAttributes {
  readonly groups: number;
}

export const shuffleChannels: OperationKind<ShuffleAttributes> = {
  readAttributes: (fields) => ({ groups: fields.count('groups') }),
  outputShape: (node, inputs) => {
    const { groups } = node.attributes;
    const shape = onlyInput(node, inputs);
    const all = shape.at(-1) ?? 0;
    if (all === 0 || all % groups !== 0)
      refuseNode(node, `its ${all} channels cannot be divided into ${groups} equal groups.`);
    return shape;
  },
  parameters: withoutParameters,
  multiplyAdds: withoutMultiplyAdds,
  acceleratorWork: withoutWork,
  keepsZeros: () => true,
  label: ({ groups }) => `shuffle channels of ${groups} groups`,
  family: 'other',
};

import type { FieldReader } from '../ground/field-reader.js';
import type { Shape } from '../ground/shape.js';
import { imageInput, refuseNode } from './node-inputs.js';
import type { OperationNode } from './operation-node.js';

/** `same`: output size ⌈size / stride⌉ with zeros around, as TensorFlow places them; `valid`: no padding. */
export type Padding = 'same' | 'valid';

/** Height and width. */
export type Extent = readonly [number, number];

/** How far the windows of a convolution or pooling reach and where they lie. */
export interface WindowAttributes {
  readonly kernel: Extent;
  /** With a dilation above 1: every so many-th output of the same operation with stride 1. */
  readonly stride: number;
  readonly padding: Padding;
}

/** Reads the attributes of a window; default: stride 1 and padding `same`. Throws `GraphError`. */
export function readWindow(fields: FieldReader): WindowAttributes {
  return {
    kernel: fields.extent('kernel'),
    stride: fields.count('stride', 1),
    padding: fields.choice('padding', ['same', 'valid'], 'same'),
  };
}

/** Height and width of an image of windows, one for each output pixel. Throws `GraphError`. */
export function windowsOf(
  node: OperationNode<WindowAttributes & { readonly dilation?: number }>,
  inputs: readonly Shape[],
): Extent {
  const { height, width } = imageInput(node, inputs);
  const { kernel, stride, padding, dilation = 1 } = node.attributes;
  const reach = [(kernel[0] - 1) * dilation + 1, (kernel[1] - 1) * dilation + 1] as const;
  if (padding === 'valid' && (reach[0] > height || reach[1] > width)) {
    const dilated = dilation === 1 ? '' : ` with dilation ${dilation}`;
    refuseNode(
      node,
      `the kernel ${kernel[0]} × ${kernel[1]}${dilated} is larger than its input ${height} × ${width}; use padding "same" or a smaller kernel.`,
    );
  }
  return [windowCount(height, reach[0], stride, padding), windowCount(width, reach[1], stride, padding)];
}

/** How many windows of a reach fit along an axis. */
function windowCount(size: number, reach: number, stride: number, padding: Padding): number {
  return padding === 'same' ? Math.ceil(size / stride) : Math.floor((size - reach) / stride) + 1;
}

/** How many numbers of one channel a window holds. */
export function windowSize({ kernel }: Pick<WindowAttributes, 'kernel'>): number {
  return kernel[0] * kernel[1];
}

/** Windows in a few words, such as `3 × 3, stride 2`. */
export function windowText({
  kernel,
  stride,
  dilation = 1,
}: Pick<WindowAttributes, 'kernel' | 'stride'> & { readonly dilation?: number }): string {
  const strided = stride > 1 ? `, stride ${stride}` : '';
  const dilated = dilation > 1 ? `, dilation ${dilation}` : '';
  return `${kernel[0]} × ${kernel[1]}${strided}${dilated}`;
}

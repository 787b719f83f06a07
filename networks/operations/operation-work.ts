import type { Shape } from '../ground/shape.js';
import { elementCount } from '../ground/shape.js';
import type { Extent } from './windows.js';

/** What an accelerator does for one example of a node, in the terms of no accelerator. */
export type OperationWork =
  /** A convolution that runs `times` times, with other weights and inputs each time. */
  | ({ readonly kind: 'convolution'; readonly times: number } & ConvolutionWork)
  /** A vector of `inputs` numbers times a matrix, which all examples of a batch share: a matrix product. */
  | { readonly kind: 'matrixProduct'; readonly inputs: number; readonly outputs: number }
  /** Numbers that pass through without multiply-accumulates. */
  | { readonly kind: 'elementwise'; readonly wordsIn: number; readonly wordsOut: number };

export interface ConvolutionWork {
  /** Height and width of the output. */
  readonly output: Extent;
  readonly kernel: Extent;
  readonly stride: number;
  /** Distance of neighbouring taps of the kernel. */
  readonly dilation: number;
  readonly channels: number;
  readonly filters: number;
}

/** Height and width of an image's shape. */
export function extentOf(shape: Shape): Extent {
  const [height = 1, width = 1] = shape;
  return [height, width];
}

/** A 1 × 1 convolution for one example. */
export function pointwiseWork(
  output: Shape,
  channels: number,
  filters: number,
  stride: number,
): OperationWork {
  const windows = { output: extentOf(output), kernel: [1, 1], stride, dilation: 1 } as const;
  return { kind: 'convolution', ...windows, channels, filters, times: 1 };
}

/** The work of an operation that reads all its inputs once and writes its output. */
export function elementwiseWork(
  _node: unknown,
  inputs: readonly Shape[],
  output: Shape,
): readonly OperationWork[] {
  const wordsIn = inputs.reduce((sum, shape) => sum + elementCount(shape), 0);
  return [{ kind: 'elementwise', wordsIn, wordsOut: elementCount(output) }];
}

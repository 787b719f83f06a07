import type { FieldReader } from '../ground/field-reader.js';
import type { Shape } from '../ground/shape.js';
import type { NetworkParameter } from './network-parameter.js';
import type { OperationNode } from './operation-node.js';
import type { OperationWork } from './operation-work.js';

/** How drawings show an operation: by what it does to the numbers. */
export type OperationFamily = 'weights' | 'pooling' | 'joining' | 'other';

/**
 * Everything that a network knows of one operation. Shapes are those of one example, without the batch: `inputs` of
 * a node's inputs, `output` of its output, which `outputShape` has made of them.
 */
export interface OperationKind<Attributes> {
  /** Reads the attributes of a node one by one and fills in defaults. Throws `GraphError`. */
  readonly readAttributes: (fields: FieldReader) => Attributes;
  /** The shape of a node's output. Throws `GraphError` where the inputs do not fit. */
  readonly outputShape: (node: OperationNode<Attributes>, inputs: readonly Shape[]) => Shape;
  /** The tensors of a node that live from step to step; `isOutput`: the node's value leaves the network. */
  readonly parameters: (
    node: OperationNode<Attributes>,
    inputs: readonly Shape[],
    isOutput: boolean,
  ) => readonly NetworkParameter[];
  /** Multiply-adds for one example, counted as `Cost` says. */
  readonly multiplyAdds: (node: OperationNode<Attributes>, inputs: readonly Shape[], output: Shape) => number;
  /** What an accelerator does for one example. */
  readonly acceleratorWork: (
    node: OperationNode<Attributes>,
    inputs: readonly Shape[],
    output: Shape,
  ) => readonly OperationWork[];
  /** Whether inputs of zeros give an output of zeros, whatever the parameters are. */
  readonly keepsZeros: (attributes: Attributes) => boolean;
  /** A node in a few words, such as `convolution 3 × 3, 16 filters`. */
  readonly label: (attributes: Attributes) => string;
  readonly family: OperationFamily;
}

export type NoAttributes = Readonly<Record<string, never>>;

export const withoutAttributes = (): NoAttributes => ({});

export const withoutParameters = (): readonly NetworkParameter[] => [];

export const withoutMultiplyAdds = (): number => 0;

/**
 * The work of an operation that costs an accelerator nothing: batch normalisation folds into the weights before it,
 * biases and activations into the writing of outputs, and dropping exists in training only.
 */
export const withoutWork = (): readonly OperationWork[] => [];

import type { NodeOf, Operation, Shape } from '../../networks/network-graph/index.js';
import { addBias } from '../tensorflow-graph/basic-operations.js';
import type { BatchParts, Parts } from '../tensorflow-graph/batch-parts.js';
import type { Value } from '../tensorflow-graph/graph-writer.js';
import { some } from '../tensorflow-graph/non-empty-list.js';
import type { NonEmptyList } from '../tensorflow-graph/non-empty-list.js';
import type { Tape } from '../tensorflow-graph/tape.js';

/** A running average and the value of this batch that moves it. */
export interface AverageUpdate {
  readonly parameter: string;
  readonly batchValue: Value;
  /** Share of the average that is kept. */
  readonly momentum: number;
}

/** How a network is run: for training, random masks are made from a seed of each use. */
export type NetworkMode =
  /** Normalised by running averages, or by the moments of the batch, divided as `batch` tells. */
  | { readonly kind: 'inference'; readonly moments: 'averages' }
  | { readonly kind: 'inference'; readonly moments: 'batch'; readonly batch: BatchParts }
  /**
   * `seedOf` gives the seed (two integers) of the random numbers of one use, named by its node; `batch` tells how the
   * batch is divided.
   */
  | { readonly kind: 'training'; readonly seedOf: (use: string) => Value; readonly batch: BatchParts };

/** A node of a network and where it is written. */
export interface WrittenNode<O extends Operation> {
  readonly tape: Tape;
  readonly node: NodeOf<O>;
  /** Of its output, without the batch. */
  readonly shape: Shape;
  /** The value of one of its parameters, such as `kernel`. */
  readonly parameter: (what: string) => Value;
  readonly mode: NetworkMode;
  /** What a mixture multiplies the output of a normalisation with; absent: nothing. */
  readonly weight?: Value;
  /** Lets this batch move a running average. */
  readonly moveAverage: (update: AverageUpdate) => void;
}

/** How an operation computes in TensorFlow, its gradient included. */
export interface OperationWriter<O extends Operation> {
  /** Writes a node for all parts of the batch and returns its value, with the batch first. */
  readonly write: (written: WrittenNode<O>, inputs: NonEmptyList<Parts>) => Parts;
  /** Whether training takes random numbers for such a node; absent: never. */
  readonly isRandom?: (attributes: NodeOf<O>['attributes']) => boolean;
}

/** A writer that computes each part of the batch on its own. */
export function eachPart<O extends Operation>(
  writePart: (written: WrittenNode<O>, inputs: NonEmptyList<Value>) => Value,
): OperationWriter<O> {
  return {
    write: (written, inputs) => {
      const [first] = inputs;
      return some(first.map((_part, i) => writePart(written, some(inputs.map((parts) => partOf(parts, i))))));
    },
  };
}

/** One part of a value; throws when the value has fewer. */
export function partOf(parts: Parts, index: number): Value {
  const part = parts[index];
  if (part === undefined) throw new Error(`A value of the network has no part ${index}.`);
  return part;
}

/** Height and width of an image's shape. */
export function extentOf(shape: Shape): readonly [number, number] {
  const [height = 1, width = 1] = shape;
  return [height, width];
}

/** A value with the bias of its node, if the node has one. */
export function biased(
  {
    tape,
    parameter,
    node,
  }: {
    readonly tape: Tape;
    readonly parameter: (what: string) => Value;
    readonly node: { readonly attributes: { readonly bias: boolean } };
  },
  value: Value,
): Value {
  return node.attributes.bias ? addBias(tape, value, parameter('bias')) : value;
}

import type { Shape } from '../ground/index.js';
import type { Operation, OperationAttributes, OperationNode } from '../operations/index.js';

/**
 * A network as plain JSON: what every architecture genome becomes. The training step, the counts of parameters and
 * multiply-adds, the accelerator model, the drawing and the exported model all read this one form.
 * `parseNetworkGraph` makes it from JSON: checked, with every attribute filled in and the nodes in an order in which
 * each comes after its inputs.
 */
export interface NetworkGraph {
  readonly format: 'duramen-network/1';
  /** Tensors that the user of the network feeds, by name. */
  readonly inputs: Readonly<Record<string, NetworkInput>>;
  readonly nodes: readonly NetworkNode[];
  /** Names of the nodes whose values leave the network; a classifier's are logits. */
  readonly outputs: readonly string[];
}

export interface NetworkInput {
  readonly shape: Shape;
}

/** A node; its name is also the name of its output. */
export type NetworkNode<O extends Operation = Operation> = { readonly [P in O]: NodeOf<P> }[O];

/** A node of one operation. */
export interface NodeOf<O extends Operation> extends OperationNode<OperationAttributes[O]> {
  readonly op: O;
}

import type { Shape } from '../ground/index.js';
import { parseNetworkGraph } from '../network-graph/index.js';
import type { NetworkGraph } from '../network-graph/index.js';
import type { Operation, OperationAttributes } from '../operations/index.js';

/** Attributes without those that have a default. */
type Given<O extends Operation> = Partial<OperationAttributes[O]>;

/** Puts a network graph together node by node; `build` checks the whole of it. */
export class NetworkBuilder {
  private readonly inputs: Record<string, { readonly shape: Shape }> = {};
  private readonly nodes: { name: string; op: Operation; inputs: readonly string[]; attributes: object }[] =
    [];

  /** Declares a graph input and returns its name. */
  input(name: string, shape: Shape): string {
    this.inputs[name] = { shape };
    return name;
  }

  /** Appends a node and returns its name. */
  node<O extends Operation>(
    name: string,
    op: O,
    from: string | readonly string[],
    attributes: Given<O>,
  ): string {
    this.nodes.push({ name, op, inputs: typeof from === 'string' ? [from] : from, attributes });
    return name;
  }

  /** The graph with these outputs. Throws `GraphError` for what `parseNetworkGraph` refuses. */
  build(outputs: readonly string[]): NetworkGraph {
    return parseNetworkGraph({
      format: 'duramen-network/1',
      inputs: this.inputs,
      nodes: this.nodes,
      outputs,
    });
  }
}

import { operationKinds } from '../operations/index.js';
import type { Operation } from '../operations/index.js';
import { parseNetworkGraph } from './graph-validation.js';
import type { NetworkGraph, NetworkNode, NodeOf } from './network-graph.js';

/**
 * The same function with fewer nodes: without identities, zeros in sums, and the nodes that feed only those. Parameters
 * that cannot change the outputs go with their nodes, so counts fall where the graph had any. Throws `GraphError` for
 * a graph that is not valid.
 */
export function simplifyGraph(graph: NetworkGraph): NetworkGraph {
  const { inputs, nodes, outputs } = parseNetworkGraph(graph);
  const kept = new Set(outputs);
  // For each node that is left out, the name that its readers read instead.
  const substitutes = new Map<string, string>();
  const zeros = new Set<string>();
  const rewritten: NetworkNode[] = [];
  for (const node of nodes) {
    const from = node.inputs.map((input) => substitutes.get(input) ?? input);
    const summands = node.op === 'add' ? from.filter((input) => !zeros.has(input)) : from;
    if (isZero(node, from, zeros)) zeros.add(node.name);
    const [only] = summands;
    const passes = node.op === 'identity' || (node.op === 'add' && summands.length === 1);
    if (passes && only !== undefined) {
      if (zeros.has(only)) zeros.add(node.name);
      // An output keeps its name.
      if (kept.has(node.name))
        rewritten.push({ name: node.name, op: 'identity', inputs: [only], attributes: {} });
      else substitutes.set(node.name, only);
      continue;
    }
    rewritten.push({ ...node, inputs: summands.length >= 2 ? summands : from });
  }
  const needed = new Set(outputs);
  const alive = rewritten.reverse().filter((node) => {
    if (!needed.has(node.name)) return false;
    for (const input of node.inputs) needed.add(input);
    return true;
  });
  return parseNetworkGraph({ format: 'duramen-network/1', inputs, nodes: alive.reverse(), outputs });
}

/** Whether a node's value is zero whatever the network is fed and its parameters are. */
function isZero<O extends Operation>(
  node: NodeOf<O>,
  from: readonly string[],
  zeros: ReadonlySet<string>,
): boolean {
  if (node.op === 'zero') return true;
  return from.every((input) => zeros.has(input)) && operationKinds[node.op].keepsZeros(node.attributes);
}

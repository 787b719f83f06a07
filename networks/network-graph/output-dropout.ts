import type { NetworkGraph } from './network-graph.js';
import { parseNetworkGraph } from './graph-validation.js';

/**
 * The network with dropout of this rate before the dense layer that makes its output. A network that drops numbers
 * already, or whose output no dense layer makes, and any network at the rate 0, stays as it is.
 */
export function withOutputDropout(graph: NetworkGraph, rate: number): NetworkGraph {
  if (rate === 0 || graph.nodes.some(({ op }) => op === 'dropout')) return graph;
  const output = graph.nodes.find(({ name, op }) => op === 'dense' && graph.outputs.includes(name));
  if (output === undefined) return graph;
  const names = new Set([...Object.keys(graph.inputs), ...graph.nodes.map(({ name }) => name)]);
  let name = `${output.name}/dropout`;
  while (names.has(name)) name += '_';
  const dropout = { name, op: 'dropout', inputs: output.inputs, attributes: { rate } } as const;
  const nodes = graph.nodes.flatMap((node) =>
    node === output ? [dropout, { ...node, inputs: [name] }] : [node],
  );
  return parseNetworkGraph({ ...graph, nodes });
}

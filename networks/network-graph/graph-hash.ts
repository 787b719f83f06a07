import { hashJson } from '../../foundation/numbers/index.js';
import type { NetworkGraph, NetworkNode } from './network-graph.js';

/**
 * The same network with nodes named by position (`0`, `1`, …) in the order in which the outputs reach them: two
 * graphs that differ only in the names and the order of their nodes have equal canonical graphs.
 */
export function canonicalGraph(graph: NetworkGraph): NetworkGraph {
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const names = new Map<string, string>();
  const nodes: NetworkNode[] = [];
  // A stack instead of recursion: graphs may be thousands of nodes deep.
  for (const output of graph.outputs) {
    const stack = [output];
    for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
      const node = byName.get(name);
      if (node === undefined || names.has(name)) {
        stack.pop();
        continue;
      }
      const next = node.inputs.find((input) => byName.has(input) && !names.has(input));
      if (next !== undefined) {
        stack.push(next);
        continue;
      }
      stack.pop();
      const inputs = node.inputs.map((input) => names.get(input) ?? input);
      nodes.push({ ...node, name: String(names.size), inputs });
      names.set(name, String(names.size));
    }
  }
  return { ...graph, nodes, outputs: graph.outputs.map((output) => names.get(output) ?? output) };
}

/** Identifies a network by content: the SHA-256 of its canonical graph, 64 hexadecimal digits. */
export function graphHash(graph: NetworkGraph): string {
  const { format, inputs, nodes, outputs } = canonicalGraph(graph);
  return hashJson({
    format,
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, { shape }])),
    nodes: nodes.map(({ name, op, inputs: from, attributes }) => ({
      name,
      op,
      inputs: from,
      attributes: { ...attributes },
    })),
    outputs,
  });
}

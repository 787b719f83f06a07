import { parseNetworkGraph } from '../network-graph/graph-validation.js';
import type { NetworkGraph, NetworkNode } from '../network-graph/network-graph.js';
import { checkPath, choicesOf, outcomesOf } from './choice-list.js';
import type { Path } from './choice-list.js';
import { holds } from './condition.js';
import { isChoice, takenBranches } from './supernetwork.js';
import type { Supernetwork, SupernetworkNode } from './supernetwork.js';

/**
 * The network of one path, with the names that its nodes have in the supernetwork. A choice gives way to the output of
 * its branch, a sum of several picks or terms becomes an `add` in their order, and nodes that this child does not need are
 * left out. Throws `GraphError` for a path that does not fit.
 */
export function childNetwork(supernetwork: Supernetwork, path: Path): NetworkGraph {
  const choices = choicesOf(supernetwork);
  checkPath(choices, path);
  const outcomeOf = outcomesOf(choices, path);
  const substitutes = new Map<string, string>();
  const actual = (name: string): string => substitutes.get(name) ?? name;
  const child: NetworkNode[] = [];
  const visit = (nodes: readonly SupernetworkNode[]): void => {
    for (const node of nodes) {
      if (!isChoice(node)) {
        child.push({ ...node, inputs: node.inputs.map(actual) });
        continue;
      }
      const taken = takenBranches(node).filter(
        ({ condition }) => condition === null || holds(condition, outcomeOf),
      );
      for (const { branch } of taken) visit(branch.nodes);
      const [only, ...others] = taken.map(({ branch }) => actual(branch.output));
      // No term that this child has reads a sum without terms.
      if (only === undefined) continue;
      if (others.length === 0) substitutes.set(node.name, only);
      else child.push({ name: node.name, op: 'add', inputs: [only, ...others], attributes: {} });
    }
  };
  visit(supernetwork.nodes);
  const outputs = supernetwork.outputs.map(actual);
  const { inputs } = supernetwork;
  return parseNetworkGraph({
    format: 'duramen-network/1',
    inputs,
    nodes: neededNodes(child, outputs),
    outputs,
  });
}

/** The nodes that outputs depend on, of nodes that come after what they read. */
export function neededNodes<N extends { readonly name: string; readonly inputs: readonly string[] }>(
  nodes: readonly N[],
  outputs: readonly string[],
): readonly N[] {
  const needed = new Set(outputs);
  const kept = [...nodes].reverse().filter((node) => {
    if (!needed.has(node.name)) return false;
    for (const input of node.inputs) needed.add(input);
    return true;
  });
  return kept.reverse();
}

import { isChoice } from './supernetwork.js';
import type { Branch, Supernetwork, SupernetworkNode } from './supernetwork.js';

/**
 * The supernetwork whose sums add all their candidates, whatever is picked: their choices are gone, those inside the
 * candidates stay. Names stay, so that weights are shared with the supernetwork itself.
 */
export function withAllPicks(supernetwork: Supernetwork): Supernetwork {
  return { ...supernetwork, nodes: supernetwork.nodes.flatMap(opened) };
}

function opened(node: SupernetworkNode): readonly SupernetworkNode[] {
  if (!isChoice(node)) return [node];
  if (node.op === 'choice') return [{ ...node, branches: node.branches.map(openedBranch) }];
  if (node.op === 'termSum')
    return [{ ...node, terms: node.terms.map((term) => ({ ...term, ...openedBranch(term) })) }];
  const branches = node.branches.flatMap((branch) => branch ?? []).map(openedBranch);
  const inputs = branches.map(({ output }) => output);
  const { name } = node;
  const sum: SupernetworkNode =
    inputs.length === 1
      ? { name, op: 'identity', inputs, attributes: {} }
      : { name, op: 'add', inputs, attributes: {} };
  return [...branches.flatMap(({ nodes }) => nodes), sum];
}

function openedBranch({ nodes, output }: Branch): Branch {
  return { nodes: nodes.flatMap(opened), output };
}

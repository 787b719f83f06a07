import { GraphError, nodePlace } from '../ground/index.js';
import type { NetworkGraph, NetworkNode } from './network-graph.js';

/**
 * The nodes in an order in which each comes after its inputs; nodes that may come in either order keep theirs.
 * Throws `GraphError` for a cycle, a missing input and a name that two nodes share.
 */
export function topologicalOrder(graph: Pick<NetworkGraph, 'inputs' | 'nodes'>): readonly NetworkNode[] {
  if (isOrdered(graph)) return graph.nodes;
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const consumers = new Map<string, NetworkNode[]>();
  const missing = new Map<string, number>();
  for (const node of graph.nodes) {
    const nodeInputs = node.inputs.filter((input) => !Object.hasOwn(graph.inputs, input));
    missing.set(node.name, nodeInputs.length);
    for (const input of nodeInputs) {
      if (!byName.has(input)) {
        throw new GraphError(
          nodePlace(node.name),
          `its input ${JSON.stringify(input)} is neither a node nor an input of the graph.`,
        );
      }
      const known = consumers.get(input);
      if (known === undefined) consumers.set(input, [node]);
      else known.push(node);
    }
  }
  const ordered: NetworkNode[] = [];
  const positions = new Map(graph.nodes.map((node, i) => [node, i]));
  const ready = graph.nodes.filter((node) => missing.get(node.name) === 0);
  while (ready.length > 0) {
    const node = takeFirst(ready, positions);
    ordered.push(node);
    for (const consumer of consumers.get(node.name) ?? []) {
      const left = (missing.get(consumer.name) ?? 0) - 1;
      missing.set(consumer.name, left);
      if (left === 0) ready.push(consumer);
    }
  }
  if (ordered.length < graph.nodes.length) refuseCycle(graph.nodes, new Set(ordered), byName);
  return ordered;
}

/** Whether every node already comes after its inputs. Throws `GraphError` for a name that two nodes share. */
function isOrdered(graph: Pick<NetworkGraph, 'inputs' | 'nodes'>): boolean {
  const seen = new Set(Object.keys(graph.inputs));
  let ordered = true;
  for (const node of graph.nodes) {
    ordered &&= node.inputs.every((input) => seen.has(input));
    if (seen.has(node.name)) {
      throw new GraphError(nodePlace(node.name), 'another node or an input has the same name; rename one.');
    }
    seen.add(node.name);
  }
  return ordered;
}

function takeFirst(ready: NetworkNode[], positions: ReadonlyMap<NetworkNode, number>): NetworkNode {
  let best = 0;
  let bestPosition = Infinity;
  ready.forEach((node, i) => {
    const position = positions.get(node) ?? Infinity;
    if (position < bestPosition) {
      best = i;
      bestPosition = position;
    }
  });
  const [taken] = ready.splice(best, 1);
  if (taken === undefined) throw new Error('No node is ready.');
  return taken;
}

/** Follows inputs that are never ready until a node comes up again: from there on the walk is the cycle. */
function refuseCycle(
  nodes: readonly NetworkNode[],
  ordered: ReadonlySet<NetworkNode>,
  byName: ReadonlyMap<string, NetworkNode>,
): never {
  const walk: string[] = [];
  let node = nodes.find((candidate) => !ordered.has(candidate));
  while (node !== undefined && !walk.includes(node.name)) {
    walk.push(node.name);
    node = node.inputs.flatMap((name) => byName.get(name) ?? []).find((input) => !ordered.has(input));
  }
  const cycle = walk.slice(walk.indexOf(node?.name ?? '')).reverse();
  const [first = ''] = cycle;
  throw new GraphError(
    nodePlace(first),
    `it depends on itself through the cycle ${[...cycle, first].map((name) => JSON.stringify(name)).join(' → ')}.`,
  );
}

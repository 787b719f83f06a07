import type { NetworkGraph } from './network-graph.js';
import { networkCost } from './network-graph/graph-cost.js';

/**
 * How a process starts the operations of a step. `concurrent`: several at a time, where they do not depend on each other.
 * `consecutive`: one after another, each on all threads, without handing any over to another thread first. Results have
 * the same bits.
 */
export type OperationSchedule = 'consecutive' | 'concurrent';

/** Of larger networks an operation takes so long that handing it over is no part of it. */
const largestMultiplyAdds = 10_000_000;
/** Multiply-adds of the whole network in those of its longest path. */
const mostBranching = 1.1;

/** The faster schedule for the training of a network; without one, for whatever may come. */
export function operationSchedule(threads: number, network?: NetworkGraph): OperationSchedule {
  if (threads === 1) return 'consecutive';
  if (network === undefined) return 'concurrent';
  const { nodes, multiplyAdds } = networkCost(network);
  // The two gradients of a dense layer are products that threads compute faster side by side than both together.
  const inDenseLayers = nodes
    .filter(({ node }) => node.op === 'dense')
    .reduce((sum, { multiplyAdds: own }) => sum + own, 0);
  if (2 * inDenseLayers > multiplyAdds) return 'concurrent';
  const paths = new Map<string, number>();
  for (const { node, multiplyAdds: own } of nodes) {
    paths.set(node.name, own + Math.max(0, ...node.inputs.map((input) => paths.get(input) ?? 0)));
  }
  const longest = Math.max(1, ...paths.values());
  const isChain = multiplyAdds <= mostBranching * longest;
  return isChain && multiplyAdds <= largestMultiplyAdds ? 'consecutive' : 'concurrent';
}

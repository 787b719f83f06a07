import { isStreamed } from '../data/data-set.js';
import type { TrainingData } from '../data/data-set.js';
import { networkCost, type NetworkGraph } from '../../networks/network-graph/index.js';

const many = 8;
/**
 * Steps in which calls of several steps save more time than they cost: the first two calls take a third of a second
 * longer, and 0.9 s where four threads divide the batch.
 */
export const worthwhileFrom = 4000;
/** A step of a larger network takes so long that its call hardly adds to it. */
const largestMultiplyAdds = 4_000_000;
/** The graph has a network's nodes once for each step of a call, and TensorFlow prepares a large graph slowly. */
const mostNodes = 24;

/**
 * How many steps one call of TensorFlow takes: several of a small network, where calling takes as long as some of the
 * step's operations. The bits are those of single steps. Images of a streamed data set come step by step.
 */
export function stepsPerCall(network: NetworkGraph, data: TrainingData): number {
  if (isStreamed(data) || network.nodes.length > mostNodes) return 1;
  return networkCost(network).multiplyAdds > largestMultiplyAdds ? 1 : many;
}

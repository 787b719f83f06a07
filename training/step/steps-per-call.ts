import { isStreamed } from '../data/data-set.js';
import type { TrainingData } from '../data/data-set.js';
import { networkCost, type NetworkGraph } from '../../networks/network-graph/index.js';

const many = 8;
/**
 * The first two calls of several steps take a third of a second longer, and 0.9 s where four threads divide the batch; more
 * than that is saved in so many.
 */
export const worthwhileFrom = 4000;
/** Of larger networks a step takes so long that calling it is no part of it. */
const largestMultiplyAdds = 4_000_000;
/** The steps of a call lie in the graph one after another: with more nodes it would take long to prepare. */
const mostNodes = 24;

/**
 * How many steps one call of TensorFlow takes: several of a small network, where calling takes as long as some of the
 * step's operations. The bits are those of single steps. Images of a streamed data set come step by step.
 */
export function stepsPerCall(network: NetworkGraph, data: TrainingData): number {
  if (isStreamed(data) || network.nodes.length > mostNodes) return 1;
  return networkCost(network).multiplyAdds > largestMultiplyAdds ? 1 : many;
}

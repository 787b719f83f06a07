import { operationKinds } from '../operations/index.js';
import type { Operation } from '../operations/index.js';
import type { NodeOf } from './network-graph.js';

/** A node in a few words, such as `convolution 3 × 3, 16 filters`. */
export function nodeLabel<O extends Operation>(node: NodeOf<O>): string {
  return operationKinds[node.op].label(node.attributes);
}

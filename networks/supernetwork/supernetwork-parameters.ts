import type { NetworkParameter } from '../operations/index.js';
import { inputShapes } from '../network-graph/shape-inference.js';
import { nodeParameters } from '../network-parameters.js';
import type { Condition } from './condition.js';
import { isChoice, nodesWithConditions } from './supernetwork.js';
import type { Supernetwork } from './supernetwork.js';
import { supernetworkShapes } from './supernetwork-validation.js';

/** A parameter with the conditions under which a child has it. */
export interface SharedParameter {
  readonly parameter: NetworkParameter;
  readonly under: readonly Condition[];
}

/** The parameters of all children, in the order of the nodes. Throws `GraphError` where shapes do not fit. */
export function supernetworkParameters(supernetwork: Supernetwork): readonly SharedParameter[] {
  const shapes = supernetworkShapes(supernetwork);
  const outputs = outputNames(supernetwork);
  return [...nodesWithConditions(supernetwork.nodes)].flatMap(({ node, under }) =>
    isChoice(node)
      ? []
      : nodeParameters(node, inputShapes(node, shapes), outputs.has(node.name)).map((parameter) => ({
          parameter,
          under,
        })),
  );
}

/** The nodes whose values leave some child. */
function outputNames({ nodes, outputs }: Supernetwork): ReadonlySet<string> {
  const names = new Set(outputs);
  const inOrder = [...nodesWithConditions(nodes)].map(({ node }) => node);
  // Its branches come after a choice, and a branch may pass on a choice from before.
  for (let count = 0; count < names.size;) {
    count = names.size;
    for (const node of inOrder) {
      if (!isChoice(node) || node.op !== 'choice' || !names.has(node.name)) continue;
      for (const { output } of node.branches) names.add(output);
    }
  }
  return names;
}

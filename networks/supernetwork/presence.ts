import { GraphError, nodePlace, show } from '../ground/index.js';
import { follows } from './condition.js';
import type { Condition } from './condition.js';
import { isChoice, takenBranches } from './supernetwork.js';
import type { Supernetwork, SupernetworkNode } from './supernetwork.js';

/** A sum that only children with one of its terms have. */
interface PartialSum {
  /** How many conditions are around it. */
  readonly depth: number;
  readonly conditions: readonly Condition[];
}

/** Throws `GraphError` where something reads a sum of terms, and a child may have the reader and none of the terms. */
export function checkPresence({ nodes, outputs }: Supernetwork): void {
  const sums = new Map<string, PartialSum>();
  visit(nodes, [], sums);
  for (const output of outputs) checkRead(null, output, [], sums);
}

function visit(
  nodes: readonly SupernetworkNode[],
  under: readonly Condition[],
  sums: Map<string, PartialSum>,
): void {
  for (const node of nodes) {
    if (!isChoice(node)) {
      for (const input of node.inputs) checkRead(node.name, input, under, sums);
      continue;
    }
    const taken = takenBranches(node);
    for (const { branch, condition } of taken) {
      const inner = condition === null ? under : [...under, condition];
      visit(branch.nodes, inner, sums);
      checkRead(node.name, branch.output, inner, sums);
    }
    const conditions = taken.flatMap(({ condition }) => condition ?? []);
    const isPartial = node.op === 'termSum' && conditions.length === taken.length;
    if (isPartial) sums.set(node.name, { depth: under.length, conditions });
  }
}

function checkRead(
  reader: string | null,
  name: string,
  under: readonly Condition[],
  sums: ReadonlyMap<string, PartialSum>,
): void {
  const sum = sums.get(name);
  if (sum === undefined) return;
  const isThere = under.slice(sum.depth).some((given) => sum.conditions.some((own) => follows(own, given)));
  if (isThere) return;
  throw new GraphError(
    reader === null ? '' : nodePlace(reader),
    `some children have no term of the sum ${show(name)}; read it under a condition of one of its terms, or give it a term without a condition.`,
  );
}

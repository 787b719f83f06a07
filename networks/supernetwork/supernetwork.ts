import type { NetworkInput, NetworkNode } from '../network-graph/network-graph.js';

/**
 * Many networks as plain JSON: a network graph in which some nodes are choices. A child takes one branch of each choice;
 * all children share the parameters of nodes of the same name. Names are unique over all branches, nodes come after what
 * they read, and a branch reads its own nodes and those around its choice.
 */
export interface Supernetwork {
  readonly format: 'duramen-supernetwork/1';
  readonly inputs: Readonly<Record<string, NetworkInput>>;
  readonly nodes: readonly SupernetworkNode[];
  readonly outputs: readonly string[];
}

export type SupernetworkNode = NetworkNode | ChoiceNode;

/** A node that stands for several alternatives. */
export type ChoiceNode = BranchChoice | SumChoice;

/** The value of one of several branches, which all have one shape. */
export interface BranchChoice {
  readonly name: string;
  readonly op: 'choice';
  /** The decision that chooses; several nodes may follow one decision. */
  readonly choice: string;
  /** For each outcome of the decision its branch; null: no child has this outcome any more. */
  readonly branchOf: readonly (number | null)[];
  readonly branches: readonly Branch[];
}

/** The sum of the candidates that decisions pick, each of them another one. */
export interface SumChoice {
  readonly name: string;
  readonly op: 'sumChoice';
  /** One decision for each pick. */
  readonly choices: readonly string[];
  /** One branch for each candidate; null: no child picks it any more. */
  readonly branches: readonly (Branch | null)[];
}

/** Nodes that only children with this branch have. */
export interface Branch {
  readonly nodes: readonly SupernetworkNode[];
  /** A node of the branch, or one around the choice: the branch then passes that value on. */
  readonly output: string;
}

/** A condition on decisions under which a branch is taken. */
export type Condition =
  | { readonly kind: 'outcome'; readonly choice: string; readonly outcomes: readonly number[] }
  | { readonly kind: 'picked'; readonly choices: readonly string[]; readonly candidate: number };

/** Whether a node is a choice. */
export function isChoice(node: SupernetworkNode): node is ChoiceNode {
  return node.op === 'choice' || node.op === 'sumChoice';
}

/** A branch with what has to hold for it to be taken; null: every child takes it. */
export interface TakenBranch {
  readonly branch: Branch;
  readonly condition: Condition | null;
}

/** The branches of a choice that are left, with their conditions. */
export function takenBranches(node: ChoiceNode): readonly TakenBranch[] {
  switch (node.op) {
    case 'choice':
      return node.branches.map((branch, place) => {
        const outcomes = node.branchOf.flatMap((own, outcome) => (own === place ? [outcome] : []));
        const condition = { kind: 'outcome', choice: node.choice, outcomes } as const;
        return { branch, condition: node.branches.length === 1 ? null : condition };
      });
    case 'sumChoice':
      return node.branches.flatMap((branch, candidate) =>
        branch === null
          ? []
          : [{ branch, condition: { kind: 'picked', choices: node.choices, candidate } as const }],
      );
    default:
      return node satisfies never;
  }
}

/** Whether a condition holds for the outcomes of the decisions. */
export function holds(condition: Condition, outcomeOf: (choice: string) => number): boolean {
  switch (condition.kind) {
    case 'outcome':
      return condition.outcomes.includes(outcomeOf(condition.choice));
    case 'picked':
      return condition.choices.some((choice) => outcomeOf(choice) === condition.candidate);
    default:
      return condition satisfies never;
  }
}

/** Every node with the conditions of the branches around it, outermost first; a choice before its branches' nodes. */
export function* nodesWithConditions(
  nodes: readonly SupernetworkNode[],
  under: readonly Condition[] = [],
): Generator<{ readonly node: SupernetworkNode; readonly under: readonly Condition[] }, void, undefined> {
  for (const node of nodes) {
    yield { node, under };
    if (!isChoice(node)) continue;
    for (const { branch, condition } of takenBranches(node))
      yield* nodesWithConditions(branch.nodes, condition === null ? under : [...under, condition]);
  }
}

/** The nodes that outputs of some child depend on; `needed` begins with the outputs and ends with all that they need. */
export function neededOf(
  nodes: readonly SupernetworkNode[],
  needed: Set<string>,
): readonly SupernetworkNode[] {
  const kept: SupernetworkNode[] = [];
  const innerOf = ({ nodes: own, output }: Branch): Branch => {
    needed.add(output);
    return { nodes: neededOf(own, needed), output };
  };
  for (const node of [...nodes].reverse()) {
    if (!needed.has(node.name)) continue;
    if (!isChoice(node)) {
      for (const input of node.inputs) needed.add(input);
      kept.push(node);
    } else if (node.op === 'choice') kept.push({ ...node, branches: node.branches.map(innerOf) });
    else {
      const branches = node.branches.map((branch) => (branch === null ? null : innerOf(branch)));
      kept.push({ ...node, branches });
    }
  }
  return kept.reverse();
}

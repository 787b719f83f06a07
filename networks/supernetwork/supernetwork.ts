import type { NetworkInput, NetworkNode } from '../network-graph/network-graph.js';
import { remaining } from './condition.js';
import type { Condition, TermCondition } from './condition.js';

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
export type ChoiceNode = BranchChoice | SumChoice | TermSum;

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

/**
 * The sum of the terms whose conditions hold. A child without any has no such value, so that only terms and branches under
 * one of these conditions read it.
 */
export interface TermSum {
  readonly name: string;
  readonly op: 'termSum';
  /** The decisions that conditions read. */
  readonly choices: readonly ReadChoice[];
  readonly terms: readonly Term[];
}

/** A decision that conditions read. */
export interface ReadChoice {
  readonly choice: string;
  /** How many outcomes it has. */
  readonly outcomes: number;
  /** Those that are left. */
  readonly allowed: readonly number[];
}

/** A term of a sum; `when` null: every child has it. */
export interface Term extends Branch {
  readonly when: TermCondition | null;
}

/** Nodes that only children with this branch have. */
export interface Branch {
  readonly nodes: readonly SupernetworkNode[];
  /** A node of the branch, or one around the choice: the branch then passes that value on. */
  readonly output: string;
}

/** Whether a node is a choice. */
export function isChoice(node: SupernetworkNode): node is ChoiceNode {
  return node.op === 'choice' || node.op === 'sumChoice' || node.op === 'termSum';
}

/** The branches of a choice that are left, of a sum its terms. */
export function branchesOf(node: ChoiceNode): readonly Branch[] {
  return node.op === 'termSum' ? node.terms : node.branches.flatMap((branch) => branch ?? []);
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
    case 'termSum': {
      const allowed = new Map(node.choices.map((own) => [own.choice, own.allowed]));
      return node.terms.flatMap((branch) => {
        const { when } = branch;
        const left = when === null ? 'always' : remaining(when, (choice) => allowed.get(choice) ?? []);
        if (left === 'never') return [];
        return [{ branch, condition: left === 'always' ? null : left }];
      });
    }
    default:
      return node satisfies never;
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
  const innerOf = <B extends Branch>(branch: B): B => {
    needed.add(branch.output);
    return { ...branch, nodes: neededOf(branch.nodes, needed) };
  };
  for (const node of [...nodes].reverse()) {
    if (!needed.has(node.name)) continue;
    if (!isChoice(node)) {
      for (const input of node.inputs) needed.add(input);
      kept.push(node);
    } else kept.push(withBranches(node, innerOf));
  }
  return kept.reverse();
}

/** The choice with each of its branches, or terms, replaced. */
export function withBranches(node: ChoiceNode, replaced: <B extends Branch>(branch: B) => B): ChoiceNode {
  switch (node.op) {
    case 'choice':
      return { ...node, branches: node.branches.map(replaced) };
    case 'sumChoice':
      return {
        ...node,
        branches: node.branches.map((branch) => (branch === null ? null : replaced(branch))),
      };
    case 'termSum':
      return { ...node, terms: node.terms.map(replaced) };
    default:
      return node satisfies never;
  }
}

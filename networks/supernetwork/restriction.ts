import { GraphError, show } from '../ground/index.js';
import { choicesOf } from './choice-list.js';
import { isChoice, neededOf, takenBranches, withBranches } from './supernetwork.js';
import type { Branch, ChoiceNode, Supernetwork, SupernetworkNode } from './supernetwork.js';
import { parseSupernetwork } from './supernetwork-validation.js';

/** The outcomes that are left, by the names of choices; a choice that is not named keeps all of its own. */
export type ChoiceMask = Readonly<Record<string, readonly number[]>>;

/**
 * The supernetwork of the children that are left: branches of other outcomes are dropped, with their nodes. Names and
 * the numbers of outcomes stay, so that weights are carried over by name and paths keep their meaning. A candidate of a
 * sum is left where one of its picks may still take it, a term where its condition may still hold. Throws `GraphError` for unknown choices, outcomes that are not
 * there, and where nothing is left.
 */
export function restrict(supernetwork: Supernetwork, mask: ChoiceMask): Supernetwork {
  const choices = new Map(choicesOf(supernetwork).map((choice) => [choice.name, choice]));
  for (const [name, outcomes] of Object.entries(mask)) {
    const choice = choices.get(name);
    if (choice === undefined) throw new GraphError('', `the supernetwork has no choice ${show(name)}.`);
    const wrong = outcomes.find((outcome) => !choice.allowed.includes(outcome));
    if (wrong !== undefined)
      throw new GraphError(
        '',
        `the choice ${show(name)} has no branch ${wrong}; it has ${choice.allowed.join(', ')}.`,
      );
    if (outcomes.length === 0) throw new GraphError('', `no branch of the choice ${show(name)} is left.`);
  }
  const isLeft = (choice: string, outcome: number): boolean =>
    Object.hasOwn(mask, choice) ? (mask[choice]?.includes(outcome) ?? false) : true;
  const nodes = restricted(supernetwork.nodes, isLeft);
  return parseSupernetwork({ ...supernetwork, nodes: neededOf(nodes, new Set(supernetwork.outputs)) });
}

type IsLeft = (choice: string, outcome: number) => boolean;

function restricted(nodes: readonly SupernetworkNode[], isLeft: IsLeft): readonly SupernetworkNode[] {
  const inner = <B extends Branch>(branch: B): B => ({ ...branch, nodes: restricted(branch.nodes, isLeft) });
  return nodes.map((node) => (isChoice(node) ? withBranches(ofLeft(node, isLeft), inner) : node));
}

/** The choice without the branches, or terms, that no child has any more. */
function ofLeft(node: ChoiceNode, isLeft: IsLeft): ChoiceNode {
  switch (node.op) {
    case 'sumChoice': {
      const branches = node.branches.map((branch, candidate) =>
        node.choices.some((choice) => isLeft(choice, candidate)) ? branch : null,
      );
      return { ...node, branches };
    }
    case 'choice': {
      const branchOf = node.branchOf.map((branch, outcome) => (isLeft(node.choice, outcome) ? branch : null));
      const left = node.branches.flatMap((_branch, i) => (branchOf.includes(i) ? [i] : []));
      return {
        ...node,
        branchOf: branchOf.map((branch) => (branch === null ? null : left.indexOf(branch))),
        branches: left.flatMap((i) => node.branches[i] ?? []),
      };
    }
    case 'termSum': {
      const choices = node.choices.map((own) => ({
        ...own,
        allowed: own.allowed.filter((outcome) => isLeft(own.choice, outcome)),
      }));
      const left = new Set(takenBranches({ ...node, choices }).map(({ branch }) => branch));
      return { ...node, choices, terms: node.terms.filter((term) => left.has(term)) };
    }
    default:
      return node satisfies never;
  }
}

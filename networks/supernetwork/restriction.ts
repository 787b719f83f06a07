import { GraphError, show } from '../ground/index.js';
import { choicesOf } from './choice-list.js';
import { isChoice, neededOf } from './supernetwork.js';
import type { Branch, Supernetwork, SupernetworkNode } from './supernetwork.js';
import { parseSupernetwork } from './supernetwork-validation.js';

/** The outcomes that are left, by the names of choices; a choice that is not named keeps all of its own. */
export type ChoiceMask = Readonly<Record<string, readonly number[]>>;

/**
 * The supernetwork of the children that are left: branches of other outcomes are dropped, with their nodes. Names and
 * the numbers of outcomes stay, so that weights are carried over by name and paths keep their meaning. A candidate of a
 * sum is left where one of its picks may still take it. Throws `GraphError` for unknown choices, outcomes that are not
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
  const inner = ({ nodes: own, output }: Branch): Branch => ({ nodes: restricted(own, isLeft), output });
  return nodes.map((node) => {
    if (!isChoice(node)) return node;
    if (node.op === 'sumChoice') {
      const branches = node.branches.map((branch, candidate) =>
        branch !== null && node.choices.some((choice) => isLeft(choice, candidate)) ? inner(branch) : null,
      );
      return { ...node, branches };
    }
    const branchOf = node.branchOf.map((branch, outcome) => (isLeft(node.choice, outcome) ? branch : null));
    const left = node.branches.flatMap((_branch, i) => (branchOf.includes(i) ? [i] : []));
    return {
      ...node,
      branchOf: branchOf.map((branch) => (branch === null ? null : left.indexOf(branch))),
      branches: left.flatMap((i) => node.branches[i] ?? []).map(inner),
    };
  });
}

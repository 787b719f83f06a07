import { GraphError, nodePlace, show } from '../ground/index.js';
import { choicesIn, holds } from './condition.js';
import type { Condition } from './condition.js';
import { isChoice, nodesWithConditions } from './supernetwork.js';
import type { ChoiceNode, Supernetwork } from './supernetwork.js';

/** A decision of a supernetwork. */
export interface SupernetworkChoice {
  readonly name: string;
  /** How many outcomes the decision has, those that a restriction has dropped included. */
  readonly outcomes: number;
  /** The outcomes that are left. */
  readonly allowed: readonly number[];
  /** The decisions that pick for one sum, this one included, each another candidate; one decision: no sum. */
  readonly together: readonly string[];
  /** Where it is read: for each place the conditions of the branches around it; no conditions: always. */
  readonly under: readonly (readonly Condition[])[];
}

/** The outcome of each decision, in the order of `choicesOf`; 0 where a decision is not active. */
export type Path = readonly number[] | Int32Array;

/** The decisions of a supernetwork, in the order in which its nodes read them first. */
export function choicesOf({ nodes }: Supernetwork): readonly SupernetworkChoice[] {
  const found = new Map<string, SupernetworkChoice>();
  for (const { node, under } of nodesWithConditions(nodes)) {
    if (!isChoice(node)) continue;
    for (const choice of readBy(node)) {
      const known = found.get(choice.name);
      const places = known?.under ?? [];
      const isNew = !places.some((place) => JSON.stringify(place) === JSON.stringify(under));
      found.set(choice.name, { ...(known ?? choice), under: isNew ? [...places, under] : places });
    }
  }
  return [...found.values()];
}

function readBy(node: ChoiceNode): readonly Omit<SupernetworkChoice, 'under'>[] {
  const left = (list: readonly unknown[]): readonly number[] =>
    list.flatMap((one, outcome) => (one === null ? [] : [outcome]));
  switch (node.op) {
    case 'choice': {
      const { choice: name, branchOf } = node;
      return [{ name, outcomes: branchOf.length, allowed: left(branchOf), together: [name] }];
    }
    case 'sumChoice': {
      const { choices: together, branches } = node;
      return together.map((name) => ({ name, outcomes: branches.length, allowed: left(branches), together }));
    }
    case 'termSum':
      return node.choices.map(({ choice: name, ...own }) => ({ name, ...own, together: [name] }));
    default:
      return node satisfies never;
  }
}

/** Throws `GraphError` where nodes read one decision in different ways, or where one stands in its own branch. */
export function checkChoices({ nodes }: Supernetwork): void {
  const known = new Map<string, string>();
  for (const { node, under } of nodesWithConditions(nodes)) {
    if (!isChoice(node)) continue;
    const outer = under.flatMap(choicesIn);
    for (const { name, outcomes, together } of readBy(node)) {
      if (outer.includes(name))
        throw new GraphError(
          nodePlace(node.name),
          `the choice ${show(name)} stands in one of its own branches.`,
        );
      const own = `${node.op === 'sumChoice' ? `a sum of ${together.length}` : 'one'} of ${outcomes}`;
      const before = known.get(name) ?? own;
      if (before !== own) {
        throw new GraphError(
          nodePlace(node.name),
          `it reads the choice ${show(name)} as ${own}, another node as ${before}: read a choice in one way.`,
        );
      }
      known.set(name, own);
    }
    const few = node.op === 'sumChoice' && left(node.branches) < node.choices.length;
    if (few) throw new GraphError(nodePlace(node.name), 'the sum has fewer candidates than picks.');
  }
}

function left(branches: readonly unknown[]): number {
  return branches.filter((branch) => branch !== null).length;
}

/** Which decisions are active on a path, in the order of `choicesOf`. */
export function activeChoices(choices: readonly SupernetworkChoice[], path: Path): readonly boolean[] {
  const outcomeOf = outcomesOf(choices, path);
  return choices.map(({ under }) => under.some((place) => place.every((each) => holds(each, outcomeOf))));
}

/** Reads the outcome of a decision on a path by its name. */
export function outcomesOf(choices: readonly SupernetworkChoice[], path: Path): (choice: string) => number {
  const outcomes = new Map(choices.map(({ name }, i) => [name, path[i] ?? 0]));
  return (choice) => outcomes.get(choice) ?? 0;
}

/**
 * The path of outcomes given by name, such as those of `settingOf`; a decision that is not among them is 0, which is
 * right where it is not active.
 */
export function pathOf(
  choices: readonly SupernetworkChoice[],
  outcomes: Readonly<Record<string, unknown>>,
): Int32Array {
  return Int32Array.from(choices, ({ name }) => {
    const outcome = Object.hasOwn(outcomes, name) ? outcomes[name] : 0;
    if (typeof outcome === 'number' && Number.isInteger(outcome)) return outcome;
    throw new GraphError(
      '',
      `the outcome of the choice ${show(name)} must be a whole number, not ${show(outcome)}.`,
    );
  });
}

/** Refuses a path of another length, and active decisions with outcomes that they do not have. Throws `GraphError`. */
export function checkPath(choices: readonly SupernetworkChoice[], path: Path): void {
  if (path.length !== choices.length) {
    throw new GraphError(
      '',
      `a path of ${path.length} outcomes was given, but the supernetwork has ${choices.length} choices.`,
    );
  }
  const active = activeChoices(choices, path);
  const outcomeOf = outcomesOf(choices, path);
  choices.forEach(({ name, allowed, together }, i) => {
    if (active[i] !== true) return;
    if (!allowed.includes(outcomeOf(name))) {
      throw new GraphError(
        '',
        `the choice ${show(name)} has no branch ${outcomeOf(name)}; it has ${allowed.join(', ')}.`,
      );
    }
    if (new Set(together.map(outcomeOf)).size < together.length)
      throw new GraphError('', `the choices ${together.join(', ')} pick one candidate twice.`);
  });
}

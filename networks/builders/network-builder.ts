import { GraphError, show } from '../ground/index.js';
import type { Shape } from '../ground/index.js';
import { parseNetworkGraph } from '../network-graph/index.js';
import type { NetworkGraph } from '../network-graph/index.js';
import type { Operation, OperationAttributes } from '../operations/index.js';
import { Choice, ChosenList, neededNodes, parseNeeded, PickedSum } from '../supernetwork/index.js';
import type { OutcomeCondition, ReadChoice, Supernetwork, TermCondition } from '../supernetwork/index.js';

/** Attributes without those that have a default. */
type Given<O extends Operation> = Partial<OperationAttributes[O]>;

/** Writes an option below the name `scope` and returns its last node, or another one that it passes on. */
export type OptionWriter<T, F> = (option: T, scope: string, from: F) => string;

/** A value that a decision may have. */
export type Decided = string | number | boolean | null;

/** Which children have a term: those in which one of these decisions at least, or none of them, has the value `is`. */
export type TermChildren =
  | { readonly anyOf: readonly (Decided | Choice<Decided>)[]; readonly is: Decided }
  | { readonly noneOf: readonly (Decided | Choice<Decided>)[]; readonly is: Decided };

/** A term of a sum that not all children need to have. */
export interface TermWriter {
  /** Default: all children have it. */
  readonly when?: TermChildren;
  /** Writes the term and returns its last node, or another one that it passes on. */
  readonly write: () => string;
}

/** A node as JSON; choices have no inputs of their own. */
interface WrittenNode {
  readonly name: string;
  readonly inputs?: readonly string[];
}

/** The nodes of a branch, as JSON. */
interface WrittenBranch {
  readonly nodes: readonly WrittenNode[];
  readonly output: string;
}

/**
 * Puts a network graph together node by node; `build` checks the whole of it. With `choose`, `sum`, `terms` and `repeat`
 * one function makes both a supernetwork (of choices) and its children (of plain values), under the same names.
 */
export class NetworkBuilder {
  private readonly inputs: Record<string, { readonly shape: Shape }> = {};
  private nodes: WrittenNode[] = [];
  private choice: string | null = null;

  /** Declares a graph input and returns its name. */
  input(name: string, shape: Shape): string {
    this.inputs[name] = { shape };
    return name;
  }

  /** Appends a node and returns its name. */
  node<O extends Operation>(
    name: string,
    op: O,
    from: string | readonly string[],
    attributes: Given<O>,
  ): string {
    const inputs = typeof from === 'string' ? [from] : from;
    const node = { name, op, inputs, attributes };
    this.nodes.push(node);
    return name;
  }

  /**
   * One of several options, each written below `name/label`: of a plain value that option alone, of a choice all as
   * branches, which have to end in one shape. The label of an option is itself, for objects `label` has to name them.
   * Returns the value's name.
   */
  choose<T, F>(
    name: string,
    value: T | Choice<T>,
    from: F,
    write: OptionWriter<T, F>,
    label: (option: T) => string = ownLabel,
  ): string {
    if (!(value instanceof Choice)) return write(value, `${name}/${label(value)}`, from);
    const branches = value.options.map((option) =>
      this.branch(() => write(option, `${name}/${label(option)}`, from)),
    );
    const branchOf = branches.map((_branch, i) => i);
    return this.choiceNode(name, value.id, { op: 'choice', choice: value.id, branchOf, branches });
  }

  /**
   * The sum of what is picked (`manyOf`), each pick written below `name/label`: of a list the picks in it, of the sum in a
   * supernet's program (`picks: 'all'`) all candidates as branches. Returns the sum's name.
   */
  sum<T, F>(
    name: string,
    picks: readonly T[] | PickedSum<T>,
    from: F,
    write: OptionWriter<T, F>,
    label: (option: T) => string = ownLabel,
  ): string {
    const term = (option: T): string => write(option, `${name}/${label(option)}`, from);
    if (picks instanceof PickedSum) {
      const branches = picks.options.map((option) => this.branch(() => term(option)));
      return this.choiceNode(name, picks.id, { op: 'sumChoice', choices: picks.ids, branches });
    }
    const single = picks.find((pick) => pick instanceof Choice);
    if (single !== undefined) {
      throw new GraphError(
        `sum ${show(name)}`,
        "it got a choice for each pick: make the supernet with picks: 'all', or call choose for each.",
      );
    }
    const [only, ...others] = picks.map(term);
    if (only === undefined) throw new GraphError(`sum ${show(name)}`, 'nothing is picked.');
    return others.length === 0 ? only : this.node(name, 'add', [only, ...others], {});
  }

  /**
   * The sum of the terms that a child has: of plain values those whose condition holds, of choices all of them, each under
   * its condition. Several decisions together may say which children have a term, and a child computes nothing for a term
   * that it has not. Returns the sum's name. Where no term is there, nothing may read the sum: only what stands under the
   * condition of one of its terms does.
   */
  terms(name: string, terms: readonly TermWriter[]): string {
    const read = new Map<string, ReadChoice>();
    const left = terms.flatMap(({ when, write }) => {
      const condition = when === undefined ? true : termCondition(when, read);
      return condition === false ? [] : [{ condition, write }];
    });
    const [choice] = read.keys();
    if (choice === undefined) {
      const [only, ...others] = left.map(({ write }) => write());
      if (only === undefined) return name;
      return others.length === 0 ? only : this.node(name, 'add', [only, ...others], {});
    }
    const written = left.map(({ condition, write }) => ({
      ...this.branch(write),
      when: condition === true ? null : condition,
    }));
    return this.choiceNode(name, choice, { op: 'termSum', choices: [...read.values()], terms: written });
  }

  /**
   * So many steps in a row, or one for each element of a list; a step gets its number from 1, what is before it, and the
   * element. Where the number is a choice, steps that not all children have pass on what is before them.
   */
  repeat<E = undefined>(
    name: string,
    times: number | Choice<number> | readonly E[] | ChosenList<E>,
    from: string,
    write: (step: number, from: string, element: E | undefined) => string,
  ): string {
    const { id, counts, elements } = repetition(name, times);
    const least = Math.min(...counts);
    let last = from;
    for (let step = 1; step <= Math.max(...counts); step++) {
      const before = last;
      const own = (): string => write(step, before, elements[step - 1]);
      if (step <= least) {
        last = own();
        continue;
      }
      const branches = [this.branch(() => before), this.branch(own)];
      const branchOf = counts.map((count) => (count >= step ? 1 : 0));
      last = this.choiceNode(`${name}/repeat${step}`, id, { op: 'choice', choice: id, branchOf, branches });
    }
    return last;
  }

  /**
   * The graph with these outputs. Throws `GraphError` for what `parseNetworkGraph` refuses, and where something in it is
   * a choice.
   */
  build(outputs: readonly string[]): NetworkGraph {
    if (this.choice !== null) {
      throw new GraphError(
        '',
        `${show(this.choice)} is a choice, so this is no single network: end with buildWithChoices, or give the choice a value.`,
      );
    }
    const { inputs, nodes } = this;
    return parseNetworkGraph({ format: 'duramen-network/1', inputs, nodes, outputs });
  }

  /**
   * The supernetwork with these outputs if there are choices, else the graph; both without the nodes that no output needs,
   * because a decision may leave some without a reader. Throws `GraphError`.
   */
  buildWithChoices(outputs: readonly string[]): NetworkGraph | Supernetwork {
    const { inputs, nodes } = this;
    if (this.choice !== null)
      return parseNeeded({ format: 'duramen-supernetwork/1', inputs, nodes, outputs });
    const graph = nodes.map(({ inputs: from = [], ...node }) => ({ ...node, inputs: from }));
    return parseNetworkGraph({
      format: 'duramen-network/1',
      inputs,
      nodes: neededNodes(graph, outputs),
      outputs,
    });
  }

  private choiceNode(name: string, id: string, fields: Readonly<Record<string, unknown>>): string {
    this.choice ??= id;
    const node = { ...fields, name };
    this.nodes.push(node);
    return name;
  }

  private branch(write: () => string): WrittenBranch {
    const outer = this.nodes;
    const nodes: WrittenNode[] = [];
    this.nodes = nodes;
    try {
      return { output: write(), nodes };
    } finally {
      this.nodes = outer;
    }
  }
}

/** Whether children have a term, or the condition that decides it; the choices of that are added to those that are read. */
function termCondition(when: TermChildren, read: Map<string, ReadChoice>): TermCondition | boolean {
  const [isNone, decisions] = 'noneOf' in when ? [true, when.noneOf] : [false, when.anyOf];
  let isMet = false;
  const open: OutcomeCondition[] = [];
  const choices: ReadChoice[] = [];
  for (const decision of decisions) {
    if (!(decision instanceof Choice)) {
      if (decision === when.is) isMet = true;
      continue;
    }
    const { id: choice, options } = decision;
    const all = options.map((_option, outcome) => outcome);
    const outcomes = all.filter((outcome) => options[outcome] === when.is);
    if (outcomes.length === all.length) isMet = true;
    if (outcomes.length === 0) continue;
    open.push({ kind: 'outcome', choice, outcomes });
    choices.push({ choice, outcomes: all.length, allowed: all });
  }
  const [first] = open;
  if (isMet) return !isNone;
  if (first === undefined) return isNone;
  for (const each of choices) read.set(each.choice, each);
  if (isNone) return { kind: 'noneOf', of: open };
  return open.length === 1 ? first : { kind: 'anyOf', of: open };
}

function ownLabel(option: unknown): string {
  if (typeof option === 'string' || typeof option === 'number' || typeof option === 'boolean')
    return String(option);
  if (option === null) return 'none';
  throw new GraphError('', `the option ${show(option)} has no name of its own: give choose or sum a label.`);
}

interface Repetition<E> {
  readonly id: string;
  /** How many steps each outcome has. */
  readonly counts: readonly number[];
  readonly elements: readonly E[];
}

function repetition<E>(
  name: string,
  times: number | Choice<number> | readonly E[] | ChosenList<E>,
): Repetition<E> {
  const counted = (id: string, counts: readonly number[]): Repetition<E> => {
    const wrong = counts.find((count) => !Number.isInteger(count) || count < 0);
    if (wrong === undefined) return { id, counts, elements: [] };
    throw new GraphError(`repeat ${show(name)}`, `${show(wrong)} is no number of steps.`);
  };
  if (typeof times === 'number') return counted('', [times]);
  if (times instanceof Choice) return counted(times.id, times.options);
  if (times instanceof ChosenList) {
    const { id, elements } = times;
    return { id, counts: Array.from({ length: elements.length + 1 }, (_none, length) => length), elements };
  }
  return { id: '', counts: [times.length], elements: times };
}

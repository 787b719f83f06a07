import { isPlainObject } from '../../foundation/json/index.js';
import type { Space, SuperNet } from '../../search-spaces/index.js';
import { GraphError, show } from '../ground/index.js';
import { choicesOf } from './choice-list.js';
import type { Supernetwork } from './supernetwork.js';
import { isSupernetwork } from './supernetwork-validation.js';

/** A decision in the program of a supernet: one of several options. Only the builder's `choose`, `terms` and `repeat` take it. */
export class Choice<T> {
  private constructor(
    readonly id: string,
    readonly options: readonly T[],
  ) {}

  static of<T>(id: string, options: readonly T[]): Choice<T> {
    return guarded(new Choice(id, options), id);
  }
}

/** Several picks in the program of a supernet, as one sum over all candidates. Only the builder's `sum` takes it. */
export class PickedSum<T> {
  private constructor(
    readonly id: string,
    /** The decisions, one for each pick. */
    readonly ids: readonly string[],
    readonly options: readonly T[],
  ) {}

  static of<T>(id: string, ids: readonly string[], options: readonly T[]): PickedSum<T> {
    return guarded(new PickedSum(id, ids, options), id);
  }
}

/** A list in the program of a supernet, whose length is decided. Only the builder's `repeat` takes it. */
export class ChosenList<T> {
  private constructor(
    readonly id: string,
    readonly elements: readonly T[],
  ) {}

  static of<T>(id: string, elements: readonly T[]): ChosenList<T> {
    return guarded(new ChosenList(id, elements), id);
  }
}

/** A number, or a derived value, that every child decides anew: no branches can stand for it. */
class Undecided {
  constructor(readonly id: string) {}
}

/**
 * The program of a supernet as a network function takes it: `Choice`, `PickedSum` and `ChosenList` in the places of
 * decisions. Any use of these beside `choose`, `sum`, `terms` and `repeat` throws a `GraphError`, as far as JavaScript lets one see
 * it (a comparison by `===` is false).
 */
export function withChoices(program: Space): unknown {
  const tree: unknown = program;
  return replaced(tree);
}

function replaced(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(replaced);
  if (!isPlainObject(tree)) return tree;
  const { $call: call, id, ids, branches, elements } = tree;
  if (typeof id === 'string') {
    switch (call) {
      case 'switch':
      case 'mix':
        return Choice.of(id, listOf(branches).map(replaced));
      case 'picked':
        return PickedSum.of(id, listOf(ids).map(String), listOf(branches).map(replaced));
      case 'masked':
        return ChosenList.of(id, listOf(elements).map(replaced));
      case 'control':
      case 'derived':
        return guarded(new Undecided(id), id);
      default:
        break;
    }
  }
  return Object.fromEntries(Object.entries(tree).map(([key, member]) => [key, replaced(member)]));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

const ownMembers = new Set<PropertyKey>(['id', 'ids', 'options', 'elements']);

function guarded<T extends object>(decision: T, id: string): T {
  const refuse = (): never => {
    throw new GraphError(
      '',
      `${show(id)} decides a tensor's size: make it branches with choose, or leave it out with where.`,
    );
  };
  return new Proxy(decision, {
    get: (target, key) => {
      if (ownMembers.has(key)) return Reflect.get(target, key) as unknown;
      // Promises and printers ask for these of any value.
      const isAsked = key === 'then' || key === 'constructor' || key === Symbol.toStringTag;
      return isAsked ? undefined : refuse();
    },
    ownKeys: refuse,
  });
}

/**
 * The supernetwork that a network function makes of a supernet's program. Throws `GraphError` where the function returns
 * no supernetwork, or reads only some of the decisions: those would change nothing.
 */
export function supernetworkOf(
  net: Pick<SuperNet, 'program'>,
  network: (program: unknown) => unknown,
): Supernetwork {
  const made = network(withChoices(net.program));
  if (!isSupernetwork(made)) {
    throw new GraphError(
      '',
      'the network function made no supernetwork of a program with choices: use choose, repeat, sum or terms, and end with buildWithChoices.',
    );
  }
  const read = new Set(choicesOf(made).map(({ name }) => name));
  const unread = decisionsOf(net.program).find((id) => !read.has(id));
  if (unread !== undefined) {
    throw new GraphError(
      '',
      `the network function never asked choose, repeat, sum or terms for ${show(unread)}: make it branches, or leave it out with where.`,
    );
  }
  return made;
}

function decisionsOf(tree: unknown): readonly string[] {
  if (Array.isArray(tree)) return tree.flatMap(decisionsOf);
  if (!isPlainObject(tree)) return [];
  const { $call: call, id, ids } = tree;
  const own =
    call === 'picked'
      ? listOf(ids)
      : ['switch', 'mix', 'masked', 'control'].some((name) => name === call)
        ? [id]
        : [];
  const names = own.flatMap((name) => (typeof name === 'string' ? [name] : []));
  return [...names, ...Object.values(tree).flatMap(decisionsOf)];
}

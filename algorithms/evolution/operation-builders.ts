import type { Json } from '../../foundation/json/index.js';
import type {
  CrossoverOperator,
  Expression,
  MutationOperator,
  Selection,
  Where,
} from '../../search-spaces/index.js';
import type { Operation, Quantity, SelectionOptions } from './operation.js';

export type { Operation, Quantity, RankingKey } from './operation.js';

/** Gives the items themselves. */
export const identity: Operation = { op: 'identity' };
/** Applies operations in a row, each to the result of the one before it. */
export const pipe = (...of: readonly Operation[]): Operation => ({ op: 'pipe', of });
/** Applies each operation to the same items and joins the results in order. */
export const concat = (...of: readonly Operation[]): Operation => ({ op: 'concat', of });
/** Joins like `concat`, and keeps only the first of individuals with equal ids. */
export const union = (...of: readonly Operation[]): Operation => ({ op: 'union', of });
/** Keeps the items that all operations give, in the order of the first. */
export const intersect = (...of: readonly Operation[]): Operation => ({ op: 'intersect', of });
/** Keeps the items that the first operation gives and no other does. */
export const minus = (...of: readonly Operation[]): Operation => ({ op: 'minus', of });
/** Keeps the items that exactly one of the operations gives. */
export const xor = (...of: readonly Operation[]): Operation => ({ op: 'xor', of });
/** Keeps the items that an operation does not give. */
export const invert = (of: Operation): Operation => ({ op: 'invert', of });
/** Applies an operation k times to the same items, each time with new random draws, and joins the results. */
export const repeat = (of: Operation, k: Quantity): Operation => ({ op: 'repeat', of, k });
/** Applies an operation k times in a row, each time to the result before it. */
export const times = (of: Operation, k: Quantity): Operation => ({ op: 'times', of, k });

/** Takes a slice of the list, by the rules of Python: negative numbers count from the end. */
export function slice(from?: number, to?: number, step?: number): Operation {
  return {
    op: 'slice',
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(step === undefined ? {} : { step }),
  };
}

/** Takes the item at one index, as a list; an empty list where the index lies outside. */
export function at(index: number): Operation {
  return index === -1 ? slice(-1) : slice(index, index + 1);
}

/** Applies one of two operations, by an expression over `len`, `step` and the globals. */
export function when(test: Expression, then: Operation, otherwise: Operation = identity): Operation {
  return { op: 'when', test, then, otherwise };
}

/** Applies operations in a row, each with its own probability, and at most `limit` of them. */
export function choose(
  of: readonly (readonly [operation: Operation, probability: Quantity])[],
  limit?: number,
): Operation {
  const choices = of.map(([operation, probability]) => ({ operation, probability }));
  return { op: 'choose', of: choices, ...(limit === undefined ? {} : { limit }) };
}

/** Applies an operation with a probability; otherwise it gives the items themselves. */
export const withProbability = (of: Operation, probability: Quantity): Operation =>
  choose([[of, probability]]);
/** Applies an operation to each item, a group or a list of one individual. Gives one group per item. */
export const forEach = (of: Operation): Operation => ({ op: 'forEach', of });
/** Takes the items out of groups: out of `depth` levels of groups, or out of all. */
export const flatten = (depth?: number): Operation => ({
  op: 'flatten',
  ...(depth === undefined ? {} : { depth }),
});
/** Applies an operation to the same items until its result has other genomes, `max` times at most. */
export const untilChange = (of: Operation, max = 100): Operation => ({ op: 'untilChange', of, max });
/** Gives the list that the globals hold under a key; an empty list where they hold none. */
export const get = (key: string): Operation => ({ op: 'get', key });
/** Stores the items, or the value of an expression, under a key of the globals and gives the items. */
export const put = (key: string, value?: Expression): Operation => ({
  op: 'put',
  key,
  ...(value === undefined ? {} : { value }),
});
/** Takes the next item of the list under a key, round and round; the key `cursor` keeps the position. */
export const cycle = (key: string, cursor = `${key}Cursor`): Operation => ({ op: 'cycle', key, cursor });
/** Draws n items at random; without `replace` each at most once. */
export const random = (n: Quantity, options: { readonly replace?: boolean } = {}): Operation => ({
  op: 'random',
  n,
  ...options,
});
/** Draws n items with replacement, by weight. */
export const weighted = (n: Quantity, weights: Expression): Operation => ({ op: 'weighted', n, weights });
/** Repeats each item in proportion to its weight, n items in all. */
export const proportional = (n: Quantity, weights: Expression): Operation => ({
  op: 'proportional',
  n,
  weights,
});
/** Takes the items with the highest keys, highest first; equal keys stay in their order. */
export const top = (n?: Quantity, options: Omit<SelectionOptions, 'n'> = {}): Operation => ({
  op: 'top',
  ...(n === undefined ? {} : { n }),
  ...options,
});
/** Takes the items with the lowest keys, lowest first; equal keys stay in their order. */
export const bottom = (n?: Quantity, options: Omit<SelectionOptions, 'n'> = {}): Operation => ({
  op: 'bottom',
  ...(n === undefined ? {} : { n }),
  ...options,
});
/** Takes the first items. */
export const first = (n?: Quantity, options: Omit<SelectionOptions, 'n'> = {}): Operation => ({
  op: 'first',
  ...(n === undefined ? {} : { n }),
  ...options,
});
/** Takes the last items. */
export const last = (n?: Quantity, options: Omit<SelectionOptions, 'n'> = {}): Operation => ({
  op: 'last',
  ...(n === undefined ? {} : { n }),
  ...options,
});

/**
 * Makes a mutated child of each individual. With `avoid` the child differs, where that is possible, from the latest
 * genomes whose trials ended without a score.
 */
export function mutation(
  options: { readonly operator?: MutationOperator; readonly where?: Where; readonly avoid?: boolean } = {},
): Operation {
  return { op: 'mutate', ...options };
}

/** A crossover operator whose `where` is plain data. */
export type RecombinationOperator = CrossoverOperator extends infer Operator
  ? Operator extends { readonly where?: Selection }
    ? Omit<Operator, 'where'> & { readonly where?: Where }
    : Operator
  : never;

/** Makes the children of a crossover whose parents are all individuals. */
export const recombination = (crossover: RecombinationOperator): Operation => ({
  op: 'recombine',
  crossover,
});
/** Makes n random individuals in place of the items. */
export const immigrants = (n: Quantity): Operation => ({ op: 'sample', n });
/** Makes a child of each individual: the next point in sweep order, after the last point the first. */
export const nextPoint: Operation = { op: 'next' };
/**
 * Divides individuals into fronts whose members do not dominate each other, the best front first; individuals without
 * scores form the last group.
 */
export const nonDominatedSort: Operation = { op: 'nonDominatedSort' };
/** Sorts individuals by falling crowding distance; the textbook has `infinite` ends. */
export const crowdingSort = (ends?: 'objectives' | 'infinite'): Operation => ({
  op: 'crowdingSort',
  ...(ends === undefined ? {} : { ends }),
});
/** Divides individuals into species; the globals remember the first member ever of each under `key`. */
export const speciation = (
  options: {
    readonly threshold?: number;
    readonly disjoint?: number;
    readonly matching?: number;
    readonly key?: string;
  } = {},
): Operation => ({
  op: 'speciate',
  ...{ threshold: 0.4, disjoint: 1, matching: 3, key: 'species', ...options },
});
/** Applies an operator of `defineOperator`. */
export const custom = (name: string, args: Json = null): Operation => ({
  op: 'custom',
  name,
  arguments: args,
});

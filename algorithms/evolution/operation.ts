import type { Json } from '../../foundation/json/index.js';
import type {
  CrossoverOperator,
  Expression,
  MutationOperator,
  Selection,
  Where,
} from '../../search-spaces/index.js';

/**
 * A number that may change with the step: an expression over `["step"]`, `["path", "len"]` (items given) and numbers
 * in the globals; or a number drawn evenly from [low, high), the same for everybody who asks at one step.
 */
export type Quantity = Expression | { readonly random: readonly [low: Expression, high: Expression] };

/**
 * What items are ranked by: `score`, `generation` or `id`, or an expression that reads `score`, `scores`, `generation`, `id` and `told` of an individual,
 * `len`, `mean`, `best` and `worst` (of the first scores) of a group, and of both `minimum`, the lowest first score of
 * all items.
 */
export type RankingKey = Expression;

type SelectionOptions = {
  /** How many: a whole number; below 1 a fraction of the items, rounded up; absent = all. */
  readonly n?: Quantity;
  /** Default `score`. */
  readonly key?: RankingKey;
  /** Counts different keys instead of items: everything with one of the n keys is taken. */
  readonly cluster?: boolean;
};

/** A part of evolution as data: it makes a list of items from a list of items. */
export type Operation =
  | { readonly op: 'identity' | 'nonDominatedSort' | 'next' }
  | {
      readonly op: 'pipe' | 'concat' | 'union' | 'intersect' | 'minus' | 'xor';
      readonly of: readonly Operation[];
    }
  | { readonly op: 'invert' | 'forEach'; readonly of: Operation }
  | { readonly op: 'repeat' | 'times'; readonly of: Operation; readonly k: Quantity }
  | { readonly op: 'slice'; readonly from?: number; readonly to?: number; readonly step?: number }
  | {
      readonly op: 'when';
      readonly test: Expression;
      readonly then: Operation;
      readonly otherwise: Operation;
    }
  | {
      readonly op: 'choose';
      readonly of: readonly { readonly operation: Operation; readonly probability: Quantity }[];
      readonly limit?: number;
    }
  | { readonly op: 'flatten'; readonly depth?: number }
  | { readonly op: 'untilChange'; readonly of: Operation; readonly max: number }
  | { readonly op: 'get'; readonly key: string }
  | { readonly op: 'put'; readonly key: string; readonly value?: Expression }
  | { readonly op: 'cycle'; readonly key: string; readonly cursor: string }
  | { readonly op: 'random'; readonly n: Quantity; readonly replace?: boolean }
  | { readonly op: 'weighted' | 'proportional'; readonly n: Quantity; readonly weights: Expression }
  | ({ readonly op: 'top' | 'bottom' | 'first' | 'last' } & SelectionOptions)
  | {
      readonly op: 'mutate';
      readonly operator?: MutationOperator;
      readonly where?: Where;
      readonly avoid?: boolean;
    }
  | { readonly op: 'recombine'; readonly crossover: CrossoverOperator }
  | { readonly op: 'sample'; readonly n: Quantity }
  | { readonly op: 'crowdingSort'; readonly ends?: 'objectives' | 'infinite' }
  | {
      readonly op: 'speciate';
      readonly threshold: number;
      readonly disjoint: number;
      readonly matching: number;
      readonly key: string;
    }
  | { readonly op: 'custom'; readonly name: string; readonly arguments: Json };

/** The items themselves. */
export const identity: Operation = { op: 'identity' };
/** Each operation gets what the one before it gave. */
export const pipe = (...of: readonly Operation[]): Operation => ({ op: 'pipe', of });
/** What several operations make of the same items, one after the other. */
export const concat = (...of: readonly Operation[]): Operation => ({ op: 'concat', of });
/** The same; of individuals with equal ids the first is kept. */
export const union = (...of: readonly Operation[]): Operation => ({ op: 'union', of });
/** What all operations give, in the order of the first. */
export const intersect = (...of: readonly Operation[]): Operation => ({ op: 'intersect', of });
/** What the first operation gives and no other does. */
export const minus = (...of: readonly Operation[]): Operation => ({ op: 'minus', of });
/** What exactly one of the operations gives. */
export const xor = (...of: readonly Operation[]): Operation => ({ op: 'xor', of });
/** The items that an operation does not give. */
export const invert = (of: Operation): Operation => ({ op: 'invert', of });
/** What an operation makes of the same items k times, each time with new random draws. */
export const repeat = (of: Operation, k: Quantity): Operation => ({ op: 'repeat', of, k });
/** An operation k times in a row. */
export const times = (of: Operation, k: Quantity): Operation => ({ op: 'times', of, k });

/** Some places of the list, by the rules of Python's slices: negative numbers count from the end. */
export function slice(from?: number, to?: number, step?: number): Operation {
  return {
    op: 'slice',
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(step === undefined ? {} : { step }),
  };
}

/** The item at one place, as a list; nothing where there is none. */
export function at(index: number): Operation {
  return index === -1 ? slice(-1) : slice(index, index + 1);
}

/** One of two operations, by an expression over `len`, `step` and the globals. */
export function when(test: Expression, then: Operation, otherwise: Operation = identity): Operation {
  return { op: 'when', test, then, otherwise };
}

/** Operations in a row, each with its own probability and the first `limit` that come up at most. */
export function choose(
  of: readonly (readonly [operation: Operation, probability: Quantity])[],
  limit?: number,
): Operation {
  const choices = of.map(([operation, probability]) => ({ operation, probability }));
  return { op: 'choose', of: choices, ...(limit === undefined ? {} : { limit }) };
}

/** An operation that is left out except with a probability. */
export const withProbability = (of: Operation, probability: Quantity): Operation =>
  choose([[of, probability]]);
/** An operation on each item: on a group as a list, on an individual as a list of one. Gives one group per item. */
export const forEach = (of: Operation): Operation => ({ op: 'forEach', of });
/** Takes the items out of groups; `depth` levels of them, or all. */
export const flatten = (depth?: number): Operation => ({
  op: 'flatten',
  ...(depth === undefined ? {} : { depth }),
});
/** An operation again and again on the same items, until its result has other genomes; `max` times at most. */
export const untilChange = (of: Operation, max = 100): Operation => ({ op: 'untilChange', of, max });
/** The list that is stored under a key; empty where there is none. */
export const get = (key: string): Operation => ({ op: 'get', key });
/** Stores the items, or the value of an expression, under a key and passes the items on. */
export const put = (key: string, value?: Expression): Operation => ({
  op: 'put',
  key,
  ...(value === undefined ? {} : { value }),
});
/** The next item of the list under a key, round and round; the cursor is kept under a key of its own. */
export const cycle = (key: string, cursor = `${key}Cursor`): Operation => ({ op: 'cycle', key, cursor });
/** Items at random; without `replace` each at most once. */
export const random = (n: Quantity, options: { readonly replace?: boolean } = {}): Operation => ({
  op: 'random',
  n,
  ...options,
});
/** n draws with replacement, by weight. */
export const weighted = (n: Quantity, weights: Expression): Operation => ({ op: 'weighted', n, weights });
/** Each item as often as its share of the weights says, n in all. */
export const proportional = (n: Quantity, weights: Expression): Operation => ({
  op: 'proportional',
  n,
  weights,
});
/** The items with the highest keys, best first; equal ones in the order given. */
export const top = (n?: Quantity, options: Omit<SelectionOptions, 'n'> = {}): Operation => ({
  op: 'top',
  ...(n === undefined ? {} : { n }),
  ...options,
});
/** The items with the lowest keys, lowest first. */
export const bottom = (n?: Quantity, options: Omit<SelectionOptions, 'n'> = {}): Operation => ({
  op: 'bottom',
  ...(n === undefined ? {} : { n }),
  ...options,
});
/** The first items. */
export const first = (n?: Quantity, options: Omit<SelectionOptions, 'n'> = {}): Operation => ({
  op: 'first',
  ...(n === undefined ? {} : { n }),
  ...options,
});
/** The last items. */
export const last = (n?: Quantity, options: Omit<SelectionOptions, 'n'> = {}): Operation => ({
  op: 'last',
  ...(n === undefined ? {} : { n }),
  ...options,
});

/** A changed child of each individual. `avoid`: none that came back without a score lately, where that is possible. */
export function mutation(
  options: { readonly operator?: MutationOperator; readonly where?: Where; readonly avoid?: boolean } = {},
): Operation {
  return { op: 'mutate', ...options };
}

/** A crossover whose `where` is data. */
export type RecombinationOperator = CrossoverOperator extends infer Operator
  ? Operator extends { readonly where?: Selection }
    ? Omit<Operator, 'where'> & { readonly where?: Where }
    : Operator
  : never;

/** The children that a crossover makes of all individuals given. */
export const recombination = (crossover: RecombinationOperator): Operation => ({
  op: 'recombine',
  crossover,
});
/** New random individuals; the items given are left out. */
export const immigrants = (n: Quantity): Operation => ({ op: 'sample', n });
/** The point after each individual in sweep order; after the last the first. */
export const nextPoint: Operation = { op: 'next' };
/** Groups of individuals that do not dominate each other, the best front first; without scores last. */
export const nonDominatedSort: Operation = { op: 'nonDominatedSort' };
/** Individuals by falling crowding distance; `infinite` ends are the textbook's. */
export const crowdingSort = (ends?: 'objectives' | 'infinite'): Operation => ({
  op: 'crowdingSort',
  ...(ends === undefined ? {} : { ends }),
});
/** Groups of alike individuals. The first member ever of each is remembered under a key of the globals. */
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
/** An operator of `defineOperator`. */
export const custom = (name: string, args: Json = null): Operation => ({
  op: 'custom',
  name,
  arguments: args,
});

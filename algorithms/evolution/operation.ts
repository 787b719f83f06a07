import type { Json } from '../../foundation/json/index.js';
import type { CrossoverOperator, Expression, MutationOperator, Where } from '../../search-spaces/index.js';

/**
 * A number that may change with the step: an expression over `["step"]`, `["path", "len"]` (the number of items) and
 * numbers in the globals; or a number drawn evenly from [low, high), the same for all operations of one step.
 */
export type Quantity = Expression | { readonly random: readonly [low: Expression, high: Expression] };

/**
 * The key that ranks items: `score`, `generation` or `id`, or an expression that reads `score`, `scores`, `generation`,
 * `id` and `told` of an individual, `len`, `mean`, `best` and `worst` (of the first scores) of a group, and of both
 * `minimum`, the lowest first score of all items.
 */
export type RankingKey = Expression;

/** The fields of the operations that select items by rank. */
export interface SelectionOptions {
  /** The number of items: a whole number; below 1 a fraction of the items, rounded up; absent = all. */
  readonly n?: Quantity;
  /** Default `score`. */
  readonly key?: RankingKey;
  /** Counts different keys instead of items: the operation takes every item that has one of the n keys. */
  readonly cluster?: boolean;
}

type NoFields = Readonly<Record<never, never>>;

interface Composition {
  readonly of: readonly Operation[];
}

interface Wrapping {
  readonly of: Operation;
}

interface Repetition extends Wrapping {
  readonly k: Quantity;
}

interface WeightedSelection {
  readonly n: Quantity;
  readonly weights: Expression;
}

/** The operations by name, each with its fields. */
export interface OperationFields {
  readonly identity: NoFields;
  readonly pipe: Composition;
  readonly concat: Composition;
  readonly union: Composition;
  readonly intersect: Composition;
  readonly minus: Composition;
  readonly xor: Composition;
  readonly invert: Wrapping;
  readonly forEach: Wrapping;
  readonly repeat: Repetition;
  readonly times: Repetition;
  readonly slice: { readonly from?: number; readonly to?: number; readonly step?: number };
  readonly when: { readonly test: Expression; readonly then: Operation; readonly otherwise: Operation };
  readonly choose: {
    readonly of: readonly { readonly operation: Operation; readonly probability: Quantity }[];
    readonly limit?: number;
  };
  readonly flatten: { readonly depth?: number };
  readonly untilChange: Wrapping & { readonly max: number };
  readonly get: { readonly key: string };
  readonly put: { readonly key: string; readonly value?: Expression };
  readonly cycle: { readonly key: string; readonly cursor: string };
  readonly random: { readonly n: Quantity; readonly replace?: boolean };
  readonly weighted: WeightedSelection;
  readonly proportional: WeightedSelection;
  readonly top: SelectionOptions;
  readonly bottom: SelectionOptions;
  readonly first: SelectionOptions;
  readonly last: SelectionOptions;
  readonly mutate: {
    readonly operator?: MutationOperator;
    readonly where?: Where;
    readonly avoid?: boolean;
  };
  readonly recombine: { readonly crossover: CrossoverOperator };
  readonly sample: { readonly n: Quantity };
  readonly next: NoFields;
  readonly nonDominatedSort: NoFields;
  readonly crowdingSort: { readonly ends?: 'objectives' | 'infinite' };
  readonly speciate: {
    readonly threshold: number;
    readonly disjoint: number;
    readonly matching: number;
    readonly key: string;
  };
  readonly custom: { readonly name: string; readonly arguments: Json };
}

export type OperationName = keyof OperationFields;

/** The operations of some names. */
export type OperationOf<Name extends OperationName> = {
  [Each in Name]: { readonly op: Each } & OperationFields[Each];
}[Name];

/** A part of evolution as data: it makes a list of items from a list of items. */
export type Operation = OperationOf<OperationName>;

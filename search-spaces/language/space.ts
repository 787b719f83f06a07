import type { Json } from '../../foundation/json/index.js';
import type { Expression } from '../expressions/expression.js';

/** A value that stands for itself in a space. */
export type Scalar = null | boolean | number | string;

/** The fields that every decision node may have. */
export interface Meta {
  /** Unique in the whole space, exclusive branches included. */
  readonly name?: string;
  /** Labels for `where`. */
  readonly tags?: readonly string[];
  /** For people; ignored by every function and hash. */
  readonly doc?: string;
}

export type IntScale = 'linear' | 'log';
export type FloatScale = 'linear' | 'log' | 'reverseLog';

// Interfaces, not aliases: a recursive default type parameter of an alias is circular.

/** One of the candidates, which may be spaces themselves. */
export interface OneOf<C extends readonly Space[] = readonly Space[]> extends Meta {
  readonly $kind: 'oneOf';
  readonly candidates: C;
  readonly weights?: readonly number[];
}

/** k of the candidates as an array. `distinct` and `sorted` speak of candidate indices, never of values. */
export interface ManyOf<
  C extends readonly Space[] = readonly Space[],
  K extends number = number,
> extends Meta {
  readonly $kind: 'manyOf';
  readonly k: K;
  readonly candidates: C;
  readonly distinct?: boolean;
  readonly sorted?: boolean;
  readonly weights?: readonly number[];
}

/** All candidates in some order. */
export interface Permutation<C extends readonly Space[] = readonly Space[]> extends Meta {
  readonly $kind: 'permutation';
  readonly candidates: C;
}

/** An integer in min, min + step, … up to max. */
export interface IntDecision extends Meta {
  readonly $kind: 'int';
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly scale?: IntScale;
}

/** A number in [min, max]. */
export interface FloatDecision extends Meta {
  readonly $kind: 'float';
  readonly min: number;
  readonly max: number;
  readonly scale?: FloatScale;
}

/** false or true; weights in this order. */
export interface Bool extends Meta {
  readonly $kind: 'bool';
  readonly weights?: readonly number[];
}

/** null or a point of `of`; weights: absent, present. */
export interface Optional<S extends Space = Space> extends Meta {
  readonly $kind: 'optional';
  readonly of: S;
  readonly weights?: readonly number[];
}

/** Between min and max points of `of` in a row. */
export interface ListOf<S extends Space = Space> extends Meta {
  readonly $kind: 'listOf';
  readonly of: S;
  readonly min: number;
  readonly max: number;
}

declare const valueOfDerived: unique symbol;

/** A value that is computed from the decided ones. */
export interface Derived<V extends Json = Json> {
  readonly $kind: 'derived';
  readonly expr: Expression;
  /** Carries the value's type for the compiler alone; no object has it. */
  readonly [valueOfDerived]?: V;
}

/** What has to hold for the value of a constrained part, and why. */
export interface Constraint {
  readonly expr: Expression;
  readonly reason: string;
}

/** A part of which only the points that satisfy every constraint are feasible. */
export interface Constrained<S extends Space = Space> {
  readonly $kind: 'constrained';
  readonly of: S;
  readonly constraints: readonly Constraint[];
}

/** A decision that stays one when the space is decoded; the decisions below it are filled in. */
export interface Frozen {
  readonly $kind: 'frozen';
  readonly of: Decision;
}

/** A value taken verbatim, even where it looks like a node. */
export interface Constant<V extends Json = Json> {
  readonly $kind: 'const';
  readonly value: V;
}

/** Several spaces side by side under keys. */
export type ObjectSpace = SpaceMembers & { readonly $kind?: never };

// An intersection, because an interface with both members compiles only under `exactOptionalPropertyTypes`, which a
// user's project need not have.
interface SpaceMembers {
  readonly [key: string]: Space;
}

/** A decision node. */
export type Decision = OneOf | ManyOf | Permutation | IntDecision | FloatDecision | Bool | Optional | ListOf;

/** A program in which some nodes are decisions. Immutable JSON. */
export type Space =
  Scalar | readonly Space[] | ObjectSpace | Decision | Constant | Derived | Constrained | Frozen;

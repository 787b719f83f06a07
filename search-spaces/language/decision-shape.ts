import type { FloatScale, IntScale, Scalar, Space } from './space.js';

/** One of several candidates. */
export interface ChoiceShape {
  readonly kind: 'choice';
  readonly candidates: readonly Space[];
  /** The first of the candidates, which the kind itself adds: they do not stand in the node. */
  readonly implied: readonly Scalar[];
  readonly weights?: readonly number[];
}

/** k choices among the same candidates, as an array. */
export interface PicksShape {
  readonly kind: 'picks';
  readonly k: number;
  readonly candidates: readonly Space[];
  readonly distinct: boolean;
  readonly sorted: boolean;
  readonly permutation: boolean;
  readonly weights?: readonly number[];
}

export interface IntShape {
  readonly kind: 'int';
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly scale: IntScale;
}

export interface FloatShape {
  readonly kind: 'float';
  readonly min: number;
  readonly max: number;
  readonly scale: FloatScale;
}

/** Between min and max points of `of`, as an array. */
export interface LengthShape {
  readonly kind: 'length';
  readonly of: Space;
  readonly min: number;
  readonly max: number;
}

/**
 * What a decision decides, whatever its kind is called, with every default filled in. One shape for each kind of
 * `ViewNode`: everything but reading and hashing a space goes by the shape, so that a new kind of decision with one of
 * these shapes needs no further code.
 */
export type DecisionShape = ChoiceShape | PicksShape | IntShape | FloatShape | LengthShape;

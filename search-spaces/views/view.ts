import type { FloatScale, IntScale } from '../language/space.js';

/**
 * The condition under which a decision is active: candidate `is` chosen at the choice or pick `id`, or a list whose
 * length `id` is above a number; null = always. Below a multi-choice with several picks the id holds `[*]` for any
 * of them, as the ids of the nodes there do.
 */
export type When =
  null | { readonly id: string; readonly is: number } | { readonly id: string; readonly above: number };

interface ViewNodeBase {
  readonly id: string;
  readonly name?: string;
  readonly tags: readonly string[];
  readonly when: When;
}

/** A choice among `of` candidates: `oneOf`, `bool` or `optional`. `sub[i]` is what is decided under candidate i. */
export interface ChoiceNode extends ViewNodeBase {
  readonly kind: 'choice';
  readonly of: number;
  readonly weights?: readonly number[];
  /** The candidates are numbers that all rise or all fall, so that neighbours are alike. Not part of `viewHash`. */
  readonly ordered?: true;
  readonly sub: readonly View[];
}

/** k choices among the same candidates. */
export interface PicksNode extends ViewNodeBase {
  readonly kind: 'picks';
  readonly k: number;
  readonly of: number;
  readonly distinct: boolean;
  readonly sorted: boolean;
  readonly permutation: boolean;
  readonly weights?: readonly number[];
  readonly sub: readonly View[];
}

/** An integer in min, min + step, … up to max. */
export interface IntNode extends ViewNodeBase {
  readonly kind: 'int';
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly scale: IntScale;
}

/** A number in [min, max]. */
export interface FloatNode extends ViewNodeBase {
  readonly kind: 'float';
  readonly min: number;
  readonly max: number;
  readonly scale: FloatScale;
}

/** How many elements a list has, from min to max. `sub[i]` is what is decided in element i, the same for every i. */
export interface LengthNode extends ViewNodeBase {
  readonly kind: 'length';
  readonly min: number;
  readonly max: number;
  readonly sub: readonly View[];
}

export type ViewNode = ChoiceNode | PicksNode | IntNode | FloatNode | LengthNode;

/**
 * All that an algorithm sees of a space: its decisions in genome order, without any value of a candidate. JSON.
 * `$kind` tells a view from a space that happens to have the same fields. `size` is a decimal string or `infinite`.
 */
export interface View {
  readonly $kind: 'view';
  readonly nodes: readonly ViewNode[];
  readonly constrained: boolean;
  readonly size: string;
}

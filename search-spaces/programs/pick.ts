import type { Json } from '../../foundation/json/index.js';
import type { FloatScale, IntScale, Meta } from '../language/space.js';

/** A candidate of a pick: a value, or a function that makes one and may pick itself. */
export type PickCandidate = Json | (() => unknown);

/** What a candidate becomes. */
export type Picked<C> = C extends () => infer T ? T : C;

type Candidates = readonly [PickCandidate, ...PickCandidate[]];

export interface ChoiceOptions extends Meta {
  readonly weights?: readonly number[];
}

export interface PicksOptions extends ChoiceOptions {
  readonly distinct?: boolean;
  readonly sorted?: boolean;
}

/**
 * How ordinary code decides: each call makes one decision under a name. The same name with the same definition is the
 * same decision; a function as candidate may pick itself, under the outer decision's candidate.
 */
export interface Pick {
  oneOf<const C extends Candidates>(name: string, candidates: C, options?: ChoiceOptions): Picked<C[number]>;
  manyOf<const C extends Candidates>(
    name: string,
    k: number,
    candidates: C,
    options?: PicksOptions,
  ): readonly Picked<C[number]>[];
  permutation<const C extends Candidates>(
    name: string,
    candidates: C,
    options?: Meta,
  ): readonly Picked<C[number]>[];
  int(
    name: string,
    min: number,
    max: number,
    options?: Meta & { readonly step?: number; readonly scale?: IntScale },
  ): number;
  float(name: string, min: number, max: number, options?: Meta & { readonly scale?: FloatScale }): number;
  bool(name: string, options?: ChoiceOptions): boolean;
  optional<const C extends PickCandidate>(name: string, of: C, options?: ChoiceOptions): Picked<C> | null;
  listOf<T>(
    name: string,
    bounds: Meta & { readonly min: number; readonly max: number },
    element: () => T,
  ): readonly T[];
}

/** A decision as code asks for it. */
export type Asked =
  | {
      readonly kind: 'oneOf' | 'permutation';
      readonly candidates: readonly PickCandidate[];
      readonly options: ChoiceOptions;
    }
  | {
      readonly kind: 'manyOf';
      readonly k: number;
      readonly candidates: readonly PickCandidate[];
      readonly options: PicksOptions;
    }
  | {
      readonly kind: 'int' | 'float';
      readonly min: number;
      readonly max: number;
      readonly options: Meta & { readonly step?: number; readonly scale?: string };
    }
  | { readonly kind: 'bool'; readonly options: ChoiceOptions }
  | { readonly kind: 'optional'; readonly of: PickCandidate; readonly options: ChoiceOptions }
  | {
      readonly kind: 'listOf';
      readonly element: () => unknown;
      readonly options: Meta & { readonly min: number; readonly max: number };
    };

/** A `Pick` that answers every call by one function. */
export function pickThrough(answer: (name: string, asked: Asked) => unknown): Pick {
  // What `answer` returns is made from the candidates, as the types of `Pick` say; the compiler cannot follow that.
  const as = <T>(name: string, asked: Asked): T => answer(name, asked) as T;
  return {
    oneOf: (name, candidates, options = {}) => as(name, { kind: 'oneOf', candidates, options }),
    manyOf: (name, k, candidates, options = {}) => as(name, { kind: 'manyOf', k, candidates, options }),
    permutation: (name, candidates, options = {}) => as(name, { kind: 'permutation', candidates, options }),
    int: (name, min, max, options = {}) => as(name, { kind: 'int', min, max, options }),
    float: (name, min, max, options = {}) => as(name, { kind: 'float', min, max, options }),
    bool: (name, options = {}) => as(name, { kind: 'bool', options }),
    optional: (name, of, options = {}) => as(name, { kind: 'optional', of, options }),
    listOf: (name, bounds, element) => as(name, { kind: 'listOf', element, options: bounds }),
  };
}

import type { Json } from '../../foundation/json/index.js';
import type {
  Bool,
  Constant,
  Constrained,
  Derived,
  FloatDecision,
  Frozen,
  IntDecision,
  ListOf,
  ManyOf,
  OneOf,
  Optional,
  Permutation,
  Scalar,
  Space,
} from './space.js';

/** The type of the values that a space decodes to; `Json` for a space whose shape is only known at run time. */
export type Sampled<S> = Space extends S ? Json : SampledNode<S>;

type SampledNode<S> =
  S extends OneOf<infer C>
    ? Sampled<C[number]>
    : S extends ManyOf<infer C, infer K>
      ? Repeated<Sampled<C[number]>, K>
      : S extends Permutation<infer C>
        ? { readonly [I in keyof C]: Sampled<C[number]> }
        : S extends IntDecision | FloatDecision
          ? number
          : S extends Bool
            ? boolean
            : S extends Optional<infer O>
              ? Sampled<O> | null
              : S extends ListOf<infer O>
                ? readonly Sampled<O>[]
                : S extends Constrained<infer O>
                  ? Sampled<O>
                  : S extends Derived<infer V>
                    ? V
                    : S extends Frozen
                      ? Json
                      : S extends Constant<infer V>
                        ? V
                        : S extends Scalar
                          ? S
                          : S extends readonly unknown[]
                            ? { readonly [I in keyof S]: Sampled<S[I]> }
                            : { readonly [P in keyof S]: Sampled<S[P]> };

/** A tuple of K items, or an array where K is not a literal. */
type Repeated<T, K extends number, Items extends readonly T[] = readonly []> = number extends K
  ? readonly T[]
  : Items['length'] extends K
    ? Items
    : Repeated<T, K, readonly [...Items, T]>;

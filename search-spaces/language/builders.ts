import type { Json } from '../../foundation/json/index.js';
import type { Expression } from '../expressions/expression.js';
import { checkNode, parseSpace } from './parse-space.js';
import type {
  Bool,
  Constant,
  Constrained,
  Constraint,
  Decision,
  Derived,
  FloatDecision,
  FloatScale,
  Frozen,
  IntDecision,
  IntScale,
  ListOf,
  ManyOf,
  Meta,
  ObjectSpace,
  OneOf,
  Optional,
  Permutation,
  Space,
} from './space.js';

/** At least one candidate. */
type Candidates = readonly [Space, ...Space[]];
/** One weight per candidate: finite and positive. */
type Weights<C extends readonly unknown[]> = { readonly [I in keyof C]: number };

/** Checks a part of a space, except for its references, which may lead out of it. */
function checked<S extends Space>(node: S): S {
  checkNode(node);
  return node;
}

/** Checks a space and keeps its literal type. Throws `SpaceError`. */
export function space<const S extends Space>(definition: S): S {
  parseSpace(definition);
  return definition;
}

/** A part of named parts. References that leave it are checked once the whole is built, by `space`. */
export function object<const S extends ObjectSpace>(parts: S): S {
  return checked(parts);
}

/** A space of parts in a row. */
export function array<const S extends readonly Space[]>(parts: S): S {
  return checked(parts);
}

/** A value taken verbatim. */
export function constant<const V extends Json>(value: V): Constant<V> {
  return checked({ $kind: 'const', value });
}

/** One of the candidates. Weights change sampling and redraws only. */
export function oneOf<const C extends Candidates>(
  candidates: C,
  options: Meta & { readonly weights?: Weights<C> } = {},
): OneOf<C> {
  return checked({ ...options, $kind: 'oneOf', candidates });
}

/** k of the candidates, by default all different and in any order. */
export function manyOf<const K extends number, const C extends Candidates>(
  k: K,
  candidates: C,
  options: Meta & {
    readonly distinct?: boolean;
    readonly sorted?: boolean;
    readonly weights?: Weights<C>;
  } = {},
): ManyOf<C, K> {
  return checked({ distinct: true, sorted: false, ...options, $kind: 'manyOf', k, candidates });
}

/** All candidates in some order. */
export function permutation<const C extends Candidates>(candidates: C, options: Meta = {}): Permutation<C> {
  return checked({ ...options, $kind: 'permutation', candidates });
}

/** An integer from min to max, both inclusive. `log` needs min ≥ 1 and step 1. */
export function int(
  min: number,
  max: number,
  options: Meta & { readonly step?: number; readonly scale?: IntScale } = {},
): IntDecision {
  return checked({ step: 1, scale: 'linear', ...options, $kind: 'int', min, max });
}

/** A number from min to max, both inclusive. `log` is denser near min, `reverseLog` near max; both need min > 0. */
export function float(
  min: number,
  max: number,
  options: Meta & { readonly scale?: FloatScale } = {},
): FloatDecision {
  return checked({ scale: 'linear', ...options, $kind: 'float', min, max });
}

/** false or true; weights in this order. */
export function bool(options: Meta & { readonly weights?: readonly [number, number] } = {}): Bool {
  return checked({ ...options, $kind: 'bool' });
}

/** null or a point of `of`; weights: absent, present. */
export function optional<const S extends Space>(
  of: S,
  options: Meta & { readonly weights?: readonly [number, number] } = {},
): Optional<S> {
  return checked({ ...options, $kind: 'optional', of });
}

/** Between min and max points of `of` in a row; each length is as likely as any other. */
export function listOf<const S extends Space>(
  of: S,
  options: Meta & { readonly min: number; readonly max: number },
): ListOf<S> {
  return checked({ ...options, $kind: 'listOf', of });
}

/**
 * A value computed from the decided ones: paths are looked up in the nearest enclosing object or array in which they
 * exist. `V` is the type of the value, which the compiler cannot know. Paths are checked once the whole is built.
 */
export function derived<V extends Json = Json>(expr: Expression): Derived<V> {
  return checked({ $kind: 'derived', expr });
}

/** A part of which only the points that satisfy every constraint are feasible; paths begin at the part. */
export function constrained<const S extends Space>(
  of: S,
  constraints: readonly Constraint[],
): Constrained<S> {
  return checked({ $kind: 'constrained', of, constraints });
}

/** A decision that is not made here: decoding leaves it in the value. */
export function frozen(of: Decision): Frozen {
  return checked({ $kind: 'frozen', of });
}
